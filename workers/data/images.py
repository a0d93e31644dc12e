"""The shapes in which pictures travel: one block of bytes a part, with the classes and statistics beside it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search_spaces.graph import Shape

Pixels = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Pictures and their classes.

    | field  | shape        | meaning                              |
    |--------|--------------|--------------------------------------|
    | images | (N, C, H, W) | uint8, C = 1 (grey) or 3 (RGB)       |
    | labels | (N,)         | int64, an index into the class names |

    `left_out` are the places, among all that should be here, of pictures that could not be read and were to be skipped;
    `notes` is what a user should know of how the pictures were read, a line each.
    """

    images: Pixels
    labels: Labels
    left_out: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class ImageData:
    """What a worker may see of a data set: the training and validation parts. The test part is read elsewhere.

    `mean` and `std` are a number a channel, in pixel values from 0 to 255, of the training part.
    `fingerprint` is a SHA-256 over everything here, so that a resumed search can tell whether its data changed.
    """

    name: str
    classes: tuple[str, ...]
    train: LabelledImages
    validation: LabelledImages
    mean: tuple[float, ...]
    std: tuple[float, ...]
    fingerprint: str

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of how the pictures were read, a line each."""
        return tuple(dict.fromkeys((*self.train.notes, *self.validation.notes)))

    @property
    def image(self) -> Shape:
        """Shape of one picture: (channels, height, width)."""
        _, channels, height, width = self.train.images.shape
        return (channels, height, width)
