"""Mean, deviation and fingerprint against what numpy says and against changed data."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from workers.data import statistics
from workers.data.images import LabelledImages, Pixels
from workers.data.statistics import fingerprint, mean_and_std

BATCHES = hnp.arrays(
    np.uint8, st.tuples(st.integers(1, 9), st.sampled_from([1, 3]), st.integers(1, 5), st.integers(1, 5))
)


@given(BATCHES)
def test_mean_and_std_are_those_of_numpy(images: Pixels) -> None:
    mean, std = mean_and_std(images)
    assert mean == pytest.approx(images.mean((0, 2, 3)))
    expected = images.std((0, 2, 3))
    assert std == pytest.approx(np.where(images.max((0, 2, 3)) > images.min((0, 2, 3)), expected, 1.0))


def test_pictures_are_counted_beyond_one_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.random.default_rng(0).integers(0, 256, (10, 3, 4, 4), dtype=np.uint8)
    at_once = mean_and_std(images)
    monkeypatch.setattr(statistics, "CHUNK", 3)
    assert mean_and_std(images) == at_once


def test_a_constant_channel_has_deviation_one() -> None:
    images = np.zeros((4, 3, 2, 2), np.uint8)
    images[:, 1] = 255
    images[::2, 2] = 10
    assert mean_and_std(images) == ((0, 255, 5), (1, 1, 5))


def test_the_fingerprint_is_fixed_and_changes_with_everything() -> None:
    images = np.arange(2 * 1 * 3 * 4, dtype=np.uint8).reshape(2, 1, 3, 4)
    part = LabelledImages(images, np.array([0, 1]))
    brighter = images.copy()
    brighter[1, 0, 2, 3] += 1
    variants = [
        ([part, part], ("a", "b")),
        ([part], ("a", "b")),
        ([part, part], ("a", "c")),
        ([part, part], ("ab", "")),
        ([part, replace(part, images=brighter)], ("a", "b")),
        ([part, replace(part, labels=np.array([1, 0]))], ("a", "b")),
        ([part, replace(part, images=images.reshape(2, 1, 4, 3))], ("a", "b")),
    ]
    found = [fingerprint(parts, classes) for parts, classes in variants]
    assert len(set(found)) == len(variants)
    assert fingerprint(*variants[0]) == found[0]
    assert len(found[0]) == 64


def test_the_fingerprint_does_not_depend_on_memory_order() -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 3, 4, 4), dtype=np.uint8)
    channels_last = np.ascontiguousarray(images.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    labels = np.zeros(5, np.int64)
    one, other = (fingerprint([LabelledImages(x, labels)], ("a", "b")) for x in (images, channels_last))
    assert one == other
