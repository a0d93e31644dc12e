"""Divisions are complete, disjoint, seeded, and hold every class in its share."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.data.source import Part, Picture, Rows, Source
from workers.data.splits import Division, Selection, divide, stratified_order
from workers.errors import DataError


class LabelsOnly(Part):
    """A part that fails when a picture is asked for: dividing needs labels alone."""

    def iter_pictures(self, rows: Rows) -> Iterator[Picture]:
        raise AssertionError("a picture was asked for")


def part_of(*counts: int, where: str = "data") -> LabelsOnly:
    labels = np.repeat(np.arange(len(counts)), counts)
    names = tuple(f"class{i}" for i in range(len(counts)))
    return LabelsOnly(where, names, np.random.default_rng(1).permutation(labels))


def division_of(source: Source, seed: int = 0, fraction: float = 0.2, **limits: int | None) -> Division:
    settings = {"max_train_images": None, "max_validation_images": None, **limits}
    return divide(source, validation_fraction=fraction, seed=seed, **settings)


def class_counts(selection: Selection) -> list[int]:
    return np.bincount(selection.labels, minlength=len(selection.part.classes)).tolist()


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.integers(0, 100))
def test_every_beginning_of_the_order_holds_each_class_in_its_share(counts: list[int], seed: int) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    order = stratified_order(labels, seed)
    assert sorted(order) == list(range(len(labels)))
    for length in range(len(counts), len(labels) + 1):
        held = np.bincount(labels[order[:length]], minlength=len(counts))
        assert (held >= 1).all()
        shares = held / np.array(counts)
        # The order goes through all classes at one pace: none is a whole picture ahead of another.
        for slow, fast in product(range(len(counts)), repeat=2):
            assert shares[fast] - shares[slow] <= 1 / counts[fast] + 1e-9


def test_parts_are_disjoint_complete_and_balanced() -> None:
    division = division_of(Source(part_of(50, 100, 25)))
    rows = np.concatenate([division.train.rows, division.validation.rows, division.test.rows])
    assert sorted(rows) == list(range(175))
    assert class_counts(division.test) == [10, 20, 5]
    assert class_counts(division.validation) == [8, 16, 4]
    assert class_counts(division.train) == [32, 64, 16]


def test_rows_ascend_so_that_files_are_read_in_order() -> None:
    division = division_of(Source(part_of(50, 100, 25)), max_train_images=40)
    for selection in (division.train, division.validation, division.test):
        assert (np.diff(selection.rows) > 0).all()


def test_the_seed_moves_validation_but_never_test() -> None:
    source = Source(part_of(50, 100, 25))
    one, same, other = (division_of(source, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.validation.rows, same.validation.rows)
    assert not np.array_equal(one.validation.rows, other.validation.rows)
    assert np.array_equal(one.test.rows, other.test.rows)


def test_the_test_part_depends_on_no_setting() -> None:
    source = Source(part_of(50, 100, 25))
    plain = division_of(source)
    changed = division_of(source, fraction=0.5, max_train_images=10, max_validation_images=5)
    assert np.array_equal(plain.test.rows, changed.test.rows)


def test_limits_thin_out_without_moving_pictures_between_parts() -> None:
    source = Source(part_of(50, 100, 25))
    whole = division_of(source)
    thin = division_of(source, max_train_images=28, max_validation_images=7)
    assert class_counts(thin.train) == [8, 16, 4]
    assert class_counts(thin.validation) == [2, 4, 1]
    assert set(thin.train.rows) <= set(whole.train.rows)
    assert set(thin.validation.rows) <= set(whole.validation.rows)


def test_parts_that_a_data_set_comes_with_stay_whole() -> None:
    source = Source(part_of(10, 10), validation=part_of(4, 6), test=part_of(5, 5))
    division = division_of(source)
    assert division.train.part is source.train
    assert len(division.train) == 20
    assert division.validation.part is source.validation
    assert len(division.validation) == 10
    assert division.test.part is source.test
    assert len(division.test) == 10


def test_the_smallest_set_has_three_pictures_of_each_class() -> None:
    division = division_of(Source(part_of(3, 3)))
    assert (
        class_counts(division.train)
        == class_counts(division.validation)
        == class_counts(division.test)
        == [1, 1]
    )


@pytest.mark.parametrize(
    ("counts", "limits", "named"),
    [
        ((10, 2), {}, r"at least 3 .*\(training, validation, test\), got fewer of 'class1' \(2\), 1 in all"),
        ((10, 0, 10), {}, r"got fewer of 'class1' \(0\), 1 in all"),
        ((1, 1, 10), {}, r"got fewer of 'class0' \(1\), 'class1' \(1\), 2 in all"),
        ((10, 10, 10), {"max_train_images": 2}, r"training part \(2 pictures\).*max_train_images"),
        ((10, 10, 10), {"max_validation_images": 2}, r"validation part \(2 pictures\)"),
    ],
)
def test_a_class_too_small_to_divide_is_named(
    counts: tuple[int, ...], limits: dict[str, int], named: str
) -> None:
    with pytest.raises(DataError, match=f"^data: expected .*{named}"):
        division_of(Source(part_of(*counts)), **limits)


def test_an_empty_class_of_the_given_test_part_is_named() -> None:
    with pytest.raises(DataError, match=r"^elsewhere: expected .* test part .*'class0'"):
        division_of(Source(part_of(9, 9), test=part_of(0, 4, where="elsewhere")))
