"""What is known of a data set as a whole: mean and deviation to normalise by, a fingerprint to know it again."""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from workers.data.images import LabelledImages, Pixels

CHUNK = 4_096
"""Pictures counted at a time, so that counting takes little memory."""


def mean_and_std(images: Pixels) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Returns the mean and standard deviation of each channel of `images` (N, C, H, W), in pixel values 0 to 255.

    Taken from a histogram, they depend neither on the order of the pictures nor on rounding. The deviation of a channel
    that never changes is given as 1, so that dividing by it does no harm.
    """
    histogram = np.zeros((images.shape[1], 256), np.int64)
    for start in range(0, len(images), CHUNK):
        for channel in range(len(histogram)):
            histogram[channel] += np.bincount(images[start : start + CHUNK, channel].ravel(), minlength=256)
    values = np.arange(256)
    total = histogram[0].sum()
    mean = histogram @ values / total
    std = np.sqrt((histogram * (values - mean[:, None]) ** 2).sum(1) / total)
    return tuple(mean.tolist()), tuple(np.where(std > 0, std, 1.0).tolist())


def fingerprint(parts: Sequence[LabelledImages], classes: Sequence[str]) -> str:
    """Returns a SHA-256 in hexadecimal over the pictures, labels and class names, independent of where they lie.

    Which pictures were left out counts too; where none was, it is the same whether any could have been.
    """
    digest = sha256(repr(list(classes)).encode())
    for part in parts:
        digest.update(repr(part.images.shape).encode())
        digest.update(np.ascontiguousarray(part.images).data)
        digest.update(np.ascontiguousarray(part.labels).data)
        if part.left_out:
            digest.update(repr(part.left_out).encode())
    return digest.hexdigest()
