"""What every reader of data sets returns: parts whose labels are at hand and whose pictures are still unread."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from search_spaces.errors import printable
from workers.data.images import Labels, Pixels
from workers.errors import DataError

Rows = npt.NDArray[np.intp]
"""Which pictures of a part, shape (N,), ascending."""

FORMATS = ("JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""What Pillow may recognise. Others are rare, or like EPS would start programs."""
SHOWN = 5
"""How many names a message lists."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, not yet read. `open` reads the header alone; the pixels are decoded when they are asked for."""

    where: str
    open: Callable[[], Image.Image]


@dataclass(frozen=True, eq=False)
class Part(ABC):
    """The training, validation or test part of a data set.

    `where` is its path, for messages; `labels` has shape (N,) and indexes `classes`.
    """

    where: str
    classes: tuple[str, ...]
    labels: Labels
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    """What a user should know of how it was read, a line each."""

    @abstractmethod
    def iter_pictures(self, rows: Rows) -> Iterator[Picture]:
        """Yields the pictures of `rows`, in their order."""


@dataclass(frozen=True, eq=False)
class ArrayPart(Part):
    """A part whose pictures are grey and already in memory: `images` has shape (N, H, W)."""

    images: Pixels

    def iter_pictures(self, rows: Rows) -> Iterator[Picture]:  # noqa: D102
        for row in rows:
            yield Picture(f"{self.where}, picture {row}", partial(Image.fromarray, self.images[row]))


@dataclass(frozen=True)
class Source:
    """An opened data set. A part that is None is set apart from the training part.

    Raises `DataError` where there are no pictures or only one class, or the parts disagree about the classes. Only the
    labels are looked at.
    """

    train: Part
    validation: Part | None = None
    test: Part | None = None

    def __post_init__(self) -> None:
        classes = self.train.classes
        if len(self.train.labels) == 0:
            raise DataError(f"{self.train.where}: expected pictures, got none; check the path")
        if len(classes) < 2:
            raise DataError(
                f"{self.train.where}: expected pictures of at least 2 classes, got 1: {classes[0]!r}; "
                "add another class, or name the folder above"
            )
        for part in (self.validation, self.test):
            if part is not None and part.classes != classes:
                raise DataError(
                    f"{part.where}: expected the classes of {self.train.where}, got "
                    f"{_difference(classes, part.classes)}; make the two agree"
                )


class Reader(Protocol):
    """A module that reads one kind of data set."""

    def matches(self, dataset: str) -> bool:
        """Whether `dataset` is of this kind, judged by its name and by what lies there."""
        ...

    def open_source(self, dataset: str, test: str | None) -> Source:
        """Opens it, with the test part from `test` where that is given. Raises `DataError`."""
        ...


def open_picture(file: BinaryIO | str) -> Image.Image:
    """Reads the header of a picture. Raises one of `workers.data.decode.DECODER_FAULTS`."""
    return Image.open(file, formats=FORMATS)


def number_classes(values: npt.NDArray[np.generic]) -> tuple[tuple[str, ...], Labels]:
    """Returns the distinct `values` (N,), sorted, as class names, and for each value its place among them (N,)."""
    distinct, labels = np.unique(values, return_inverse=True)
    return tuple(printable(str(value)) for value in distinct), labels.astype(np.int64)


def first_few(names: Sequence[str], separator: str = ", ") -> str:
    """Returns the first of `names`, and dots where there are more."""
    return separator.join((*names[:SHOWN], *(["..."] if len(names) > SHOWN else [])))


def _difference(expected: Sequence[str], actual: Sequence[str]) -> str:
    missing = [name for name in expected if name not in actual]
    unknown = [name for name in actual if name not in expected]
    if not missing and not unknown:
        return f"another order: {', '.join(actual)}"
    return f"{len(missing)} missing {missing[:SHOWN]} and {len(unknown)} unknown {unknown[:SHOWN]}"
