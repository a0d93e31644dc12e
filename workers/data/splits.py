"""How a data set is divided into training, validation and test part: fixed, seeded, each class in its share.

The test part comes first and does not depend on any setting, so that all searches on a data set are judged by the same
pictures. Then validation is set apart from the rest. `max_train_images` and `max_validation_images` thin out what was
divided before; they move no picture from one part to another.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from workers.data.images import Labels
from workers.data.source import Part, Rows, Source, first_few
from workers.errors import DataError

TEST_FRACTION = 0.2
TEST_SEED = 20_260_101


@dataclass(frozen=True, eq=False)
class Selection:
    """Some pictures of a part: `rows` (N,), ascending."""

    part: Part
    rows: Rows

    @property
    def labels(self) -> Labels:
        """Shape (N,)."""
        return self.part.labels[self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def whole(cls, part: Part) -> Self:
        """Selects all pictures."""
        return cls(part, np.arange(len(part.labels)))

    def first(self, count: int | None, seed: int) -> Self:
        """Returns at most `count` of the pictures (None: all), each class in its share."""
        if count is None:
            return self
        return type(self)(self.part, np.sort(self.rows[stratified_order(self.labels, seed)[:count]]))

    def set_apart(self, fraction: float, seed: int) -> tuple[Self, Self]:
        """Returns what is left, and the `fraction` set apart: one picture of each class at least."""
        order = self.rows[stratified_order(self.labels, seed)]
        count = max(round(fraction * len(order)), len(np.unique(self.labels)))
        return type(self)(self.part, np.sort(order[count:])), type(self)(self.part, np.sort(order[:count]))


@dataclass(frozen=True, eq=False)
class Division:
    """The three parts of a data set, still unread."""

    train: Selection
    validation: Selection
    test: Selection


def divide(
    source: Source,
    *,
    validation_fraction: float,
    max_train_images: int | None,
    max_validation_images: int | None,
    seed: int,
) -> Division:
    """Divides a data set; parts it comes with stay what they are. Raises `DataError` where a class is too small."""
    _check_counts(source)
    train = Selection.whole(source.train)
    if source.test:
        test = Selection.whole(source.test)
    else:
        train, test = train.set_apart(TEST_FRACTION, TEST_SEED)
    if source.validation:
        validation = Selection.whole(source.validation)
    else:
        train, validation = train.set_apart(validation_fraction, seed)
    train, validation = train.first(max_train_images, seed), validation.first(max_validation_images, seed)
    for name, selection in (("training", train), ("validation", validation), ("test", test)):
        _check_classes(source.train, name, selection)
    return Division(train, validation, test)


def stratified_order(labels: Labels, seed: int) -> Rows:
    """Returns the positions of `labels` (N,) in a random order of which every beginning holds each class in its share.

    Each class is shuffled; its k-th picture of n comes at k / n of the way, so the first of every class stand in front.
    """
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    counts = np.bincount(labels)
    class_starts = np.cumsum(counts) - counts
    sorted_labels = labels[by_class]
    way = (np.arange(len(labels)) - class_starts[sorted_labels]) / counts[sorted_labels]
    return by_class[np.argsort(way, kind="stable")]


def _check_counts(source: Source) -> None:
    """Raises where a class has too few training pictures to be in every part that is taken from them."""
    parts = [
        "training",
        *(["validation"] if not source.validation else []),
        *(["test"] if not source.test else []),
    ]
    counts = np.bincount(source.train.labels, minlength=len(source.train.classes))
    lacking = [f"{source.train.classes[i]!r} ({counts[i]})" for i in np.flatnonzero(counts < len(parts))]
    if lacking:
        raise DataError(
            f"{source.train.where}: expected at least {len(parts)} pictures of every class, one for each part "
            f"({', '.join(parts)}), got fewer of {first_few(lacking)}, {len(lacking)} in all; add pictures or take the "
            "class out"
        )


def _check_classes(whole: Part, name: str, selection: Selection) -> None:
    present = np.bincount(selection.labels, minlength=len(whole.classes)) > 0
    if present.all():
        return
    counts = np.bincount(whole.labels, minlength=len(whole.classes))
    lacking = [f"{whole.classes[i]!r} (of {counts[i]})" for i in np.flatnonzero(~present)]
    raise DataError(
        f"{selection.part.where}: expected a picture of every class in the {name} part ({len(selection):,} pictures), "
        f"got none of {first_few(lacking)}, {len(lacking)} in all; add pictures, take the class out, or choose "
        "another validation_fraction, max_train_images or max_validation_images"
    )
