"""The embedded data set: scikit-learn's 1,797 handwritten digits, 8x8 grey, ten classes.

From "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak 1998), UCI machine learning repository.
"""

import numpy as np

from workers.data.source import ArrayPart, Source, number_classes
from workers.errors import DataError

NAME = "digits"
INK_LEVELS = 16
"""The pictures count the inked ones of 4x4 pixels: 0 to 16."""


def matches(dataset: str) -> bool:
    """Whether the embedded set is meant; a folder of that name is written ./digits."""
    return dataset == NAME


def open_source(dataset: str, test: str | None) -> Source:
    """Returns the digits, brightness spread over 0 to 255. They have no test part of their own."""
    from sklearn.datasets import load_digits  # a second to import

    if test is not None:
        raise DataError(f"data set {dataset!r}: expected no test part, got {test!r}; leave it out")
    digits = load_digits()
    images = np.rint(digits.images * (255 / INK_LEVELS)).astype(np.uint8)
    classes, labels = number_classes(digits.target)
    return Source(ArrayPart(dataset, classes, labels, images))
