"""What is done to a batch of pictures on the device that trains: normalise, then crop, mirror and blank at random.

Whole batches at once: one gather through an unfolded view crops 2.5 times as many pictures a second as masks do.
"""

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Generator, Tensor
from torch.nn.functional import pad

from workers.job import Recipe


def normalise(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Returns `images` (B, C, H, W), uint8, as float32 of mean 0 and deviation 1 in each of the C channels."""
    centre, scale = _per_channel(tuple(mean), tuple(std), images.device)
    return (images.float() - centre) / scale


def augment(images: Tensor, recipe: Recipe, generator: Generator) -> Tensor:
    """Returns the pictures (B, C, H, W) as the recipe varies them; in normalised pictures 0 is the mean colour.

    `generator` lives on the device of the pictures and decides everything; memory order and type stay as they are.
    """
    if recipe.crop_padding:
        images = random_crop(images, recipe.crop_padding, generator)
    if recipe.flip:
        images = random_flip(images, generator)
    if recipe.cutout:
        images = cutout(images, recipe.cutout, generator)
    return images


def random_crop(images: Tensor, padding: int, generator: Generator) -> Tensor:
    """Shifts each picture (B, C, H, W) by up to `padding` pixels each way, as zeros come in (He et al. 2016,
    section 4.2).
    """
    batch, _, height, width = images.shape
    padded = pad(images, (padding,) * 4)
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)  # (B, C, 2p + 1, 2p + 1, H, W), a view
    top, left = torch.randint(2 * padding + 1, (2, batch), generator=generator, device=images.device)
    return windows[torch.arange(batch, device=images.device), :, top, left]


def random_flip(images: Tensor, generator: Generator) -> Tensor:
    """Mirrors each picture (B, C, H, W) left to right with probability one half."""
    mirrored = torch.rand(len(images), generator=generator, device=images.device) < 0.5
    return torch.where(mirrored[:, None, None, None], images.flip(3), images)


def cutout(images: Tensor, side: int, generator: Generator) -> Tensor:
    """Blanks a square of `side` pixels in each picture (B, C, H, W) (DeVries and Taylor 2017, section 3.2).

    Its centre is any pixel; what reaches over the border is lost, so some pictures keep more of themselves.
    """
    batch, _, height, width = images.shape
    rows = _interval(batch, height, side, generator)
    columns = _interval(batch, width, side, generator)
    blank = (rows[:, :, None] & columns[:, None, :])[:, None]  # (B, 1, H, W)
    return images * ~blank  # unlike masked_fill this keeps the memory order


def _interval(batch: int, length: int, side: int, generator: Generator) -> Tensor:
    """Returns (B, length) booleans: `side` places in a row about a random centre, less what reaches over the ends."""
    device = generator.device
    first = torch.randint(length, (batch, 1), generator=generator, device=device) - side // 2
    places = torch.arange(length, device=device)
    return (places >= first) & (places < first + side)


@lru_cache(maxsize=8)
def _per_channel(
    mean: tuple[float, ...], std: tuple[float, ...], device: torch.device
) -> tuple[Tensor, Tensor]:
    """Returns both as (C, 1, 1) on `device`. Kept there, for a copy would make each batch wait for the device."""
    return torch.tensor(mean, device=device)[:, None, None], torch.tensor(std, device=device)[:, None, None]
