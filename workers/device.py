"""Data sets as tensors on the device that trains.

The whole set stays on the device as bytes: a batch is a gather, and nothing but the loss ever travels back.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from workers.data.augment import normalise
from workers.data.images import LabelledImages

LARGEST_CHANNELS_LAST_ON_CPU = 32
"""Longer side in pixels; see `DeviceImages.memory_format`."""


@dataclass(frozen=True, eq=False)
class DeviceImages:
    """Labelled pictures on one device.

    | field     | shape        | meaning                                                |
    |-----------|--------------|--------------------------------------------------------|
    | images    | (N, C, H, W) | uint8                                                  |
    | labels    | (N,)         | int64, an index into the class names                   |
    | mean, std | C numbers    | in pixel values, of the pictures that are learnt from  |
    """

    images: Tensor
    labels: Tensor
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def place(cls, part: LabelledImages, mean: Sequence[float], std: Sequence[float], device: str) -> Self:
        """Copies the pictures to `device`; on the CPU nothing is copied."""
        with warnings.catch_warnings():
            # Arrays that processes share are read-only, which torch cannot express; these tensors are never written.
            warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
            images, labels = torch.from_numpy(part.images), torch.from_numpy(part.labels)
        return cls(images.to(device), labels.to(device), tuple(mean), tuple(std))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def device(self) -> torch.device:
        """Where the tensors are."""
        return self.images.device

    @property
    def memory_format(self) -> torch.memory_format:
        """The order of numbers in memory that suits these pictures: channels-last, but for large ones on a CPU.

        There torch 2.13 writes beyond its memory in the backward pass of a 1x1 convolution of stride 2 with at most 8
        channels (seen from sides of 48 pixels on, not at 32), and the process dies.
        """
        large = max(self.images.shape[2:]) > LARGEST_CHANNELS_LAST_ON_CPU
        return torch.contiguous_format if large and self.device.type == "cpu" else torch.channels_last

    def batch(self, index: Tensor | slice) -> tuple[Tensor, Tensor]:
        """Returns B normalised pictures (B, C, H, W) in `memory_format`, and their labels (B,)."""
        images = normalise(self.images[index], self.mean, self.std)
        return images.contiguous(memory_format=self.memory_format), self.labels[index]


def concatenate(first: LabelledImages, second: LabelledImages) -> LabelledImages:
    """Returns the pictures of both, as the final training uses them: validation has done its work by then."""
    return LabelledImages(
        np.concatenate([first.images, second.images]), np.concatenate([first.labels, second.labels])
    )


def autocast(device: torch.device) -> torch.autocast:
    """bf16 on a GPU that has units for it; elsewhere nothing: on a CPU without them it is 0.6 times as fast."""
    supported = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.autocast(device.type, torch.bfloat16, enabled=supported)
