"""The embedded digits are scikit-learn's, unchanged but for the range of brightness."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from workers.data import digits
from workers.data.source import ArrayPart
from workers.errors import DataError


def test_pictures_and_labels_are_those_of_scikit_learn() -> None:
    source = digits.open_source("digits", None)
    original = load_digits()
    assert isinstance(source.train, ArrayPart)
    assert source.train.images.shape == (1797, 8, 8)
    assert np.array_equal(np.rint(source.train.images / 255 * 16), original.images)
    assert np.array_equal(source.train.labels, original.target)
    assert source.train.classes == tuple("0123456789")
    assert source.test is None


def test_only_the_name_itself_matches() -> None:
    assert digits.matches("digits")
    assert not digits.matches("./digits")


def test_a_test_part_is_refused() -> None:
    with pytest.raises(DataError, match=r"^data set 'digits': expected no test part, got 'folder'"):
        digits.open_source("digits", "folder")
