"""What every data set must be, whatever it was read from."""

import numpy as np
import pytest

from search_spaces.errors import printable
from tests.data_fixtures import pictures
from workers.data.source import ArrayPart, Source, number_classes
from workers.errors import DataError


def part_of(classes: tuple[str, ...], where: str = "data") -> ArrayPart:
    images, labels = pictures(2)
    return ArrayPart(where, classes, labels % len(classes), images)


def test_two_parts_with_the_same_classes_make_a_source() -> None:
    source = Source(part_of(("cat", "dog")), test=part_of(("cat", "dog")))
    assert source.test is not None
    assert source.validation is None


def test_no_pictures() -> None:
    empty = ArrayPart("data", (), np.empty(0, np.int64), np.empty((0, 8, 8), np.uint8))
    with pytest.raises(DataError, match=r"^data: expected pictures, got none"):
        Source(empty)


def test_one_class() -> None:
    with pytest.raises(DataError, match=r"^data: expected pictures of at least 2 classes, got 1: 'cat'"):
        Source(part_of(("cat",)))


@pytest.mark.parametrize("which", ["validation", "test"])
def test_other_classes_in_another_part(which: str) -> None:
    other = part_of(("cat", "fox"), where="elsewhere")
    with pytest.raises(DataError, match=r"^elsewhere: .* 1 missing \['dog'\] and 1 unknown \['fox'\]"):
        Source(part_of(("cat", "dog")), **{which: other})


def test_the_order_of_classes_counts() -> None:
    with pytest.raises(DataError, match="another order: dog, cat"):
        Source(part_of(("cat", "dog")), test=part_of(("dog", "cat")))


def test_numbers_are_ordered_as_numbers_and_names_as_text() -> None:
    classes, labels = number_classes(np.array([10, 9, 10, 2]))
    assert classes == ("2", "9", "10")
    assert labels.tolist() == [2, 1, 2, 0]
    classes, labels = number_classes(np.array(["dog", "cat"], dtype=object))
    assert classes == ("cat", "dog")
    assert labels.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Käse 漢", "Käse 漢"), ("a\nb", r"a\nb"), ("\x1b[31m", r"\x1b[31m"), ("\udcff", r"\udcff")],
)
def test_odd_names_are_shown_escaped(name: str, shown: str) -> None:
    assert printable(name) == shown


def test_pictures_come_in_the_order_asked_for() -> None:
    images, labels = pictures(2)
    part = ArrayPart("data", tuple("0123456789"), labels, images)
    found = list(part.iter_pictures(np.array([3, 7])))
    assert [picture.where for picture in found] == ["data, picture 3", "data, picture 7"]
    assert np.array_equal(np.asarray(found[1].open()), images[7])
