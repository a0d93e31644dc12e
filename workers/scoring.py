"""How a network does on a set of pictures, and whether what it says is worth anything.

A loss can be a finite number where the network is of no use: a logit may be minus infinity, a statistic of
normalisation not a number, or every answer the same.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from workers.device import DeviceImages, autocast
from workers.errors import ConstantError, DivergedError

EVALUATION_BATCH = 500
"""Pictures at a time where no gradient is kept: enough to fill a GPU, little enough for a laptop."""

ALIKE = 1e-6
"""Share of the largest logit by which the logits of one class may differ and still count as the same.

Not zero: equal rows of a float32 matrix need not give equal rows of a product, by a unit or two in the last place.
"""


class Score(NamedTuple):
    """How a network does on a set of pictures."""

    loss: float
    """Mean cross-entropy."""
    correct: int
    """How many pictures it names correctly."""
    total: int
    """Of how many."""
    finite: bool = True
    """Whether every logit is a finite number: the loss can be one where a wrong class has minus infinity."""
    constant: bool = False
    """Whether all pictures, of at least two, have the same logits; see `ALIKE`."""

    @property
    def accuracy(self) -> float:
        """From 0 to 1."""
        return self.correct / self.total


@torch.inference_mode()
def evaluate(module: nn.Module, pictures: DeviceImages) -> Score:
    """Returns the score of `module`, in evaluation mode, on the device of `pictures`, which it must be on."""
    module.eval()
    device, total = pictures.device, len(pictures)
    loss = torch.zeros((), dtype=torch.float64, device=device)
    correct = torch.zeros((), dtype=torch.int64, device=device)
    least, most = [], []
    for start in range(0, total, EVALUATION_BATCH):
        images, labels = pictures.batch(slice(start, start + EVALUATION_BATCH))
        with autocast(device):
            logits = module(images)
        logits = logits.float()
        loss += cross_entropy(logits, labels, reduction="sum")
        correct += (logits.argmax(1) == labels).sum()
        least.append(logits.amin(0))
        most.append(logits.amax(0))
    low, high = torch.stack(least).amin(0), torch.stack(most).amax(0)
    return Score(
        loss=loss.item() / total,
        correct=int(correct.item()),
        total=total,
        finite=bool((low.isfinite() & high.isfinite()).all().item()),
        constant=total > 1 and _alike(low, high),
    )


def judge(module: nn.Module, pictures: DeviceImages, what: str) -> Score:
    """Returns the score as `evaluate` does, or raises `DivergedError`; its message begins with `what`, "the test"."""
    score = evaluate(module, pictures)
    if not math.isfinite(score.loss):
        raise DivergedError(f"{what} loss is {score.loss:g}; lower the learning rate")
    if not score.finite:
        raise DivergedError(f"{what} logits are not all finite; lower the learning rate")
    return score


def require_answers(score: Score) -> None:
    """Raises `ConstantError` where a trained network answers every picture alike."""
    if score.constant:
        raise ConstantError(
            f"trained network: expected answers that depend on the picture, got the same logits for all {score.total} "
            "pictures; nothing connects picture and answer, or no unit is active: try a lower learning rate"
        )


def require_finite_weights(module: nn.Module, where: str) -> None:
    """Raises `DivergedError` where a weight, or a mean or variance of normalisation, is not finite.

    The last step can spoil what nothing looks at any more where nothing is held back to judge the network by.
    """
    values = {name: value for name, value in module.state_dict().items() if value.is_floating_point()}
    finite = torch.stack([value.isfinite().all() for value in values.values()]).tolist() if values else []
    for name, good in zip(values, finite, strict=True):
        if not good:
            raise DivergedError(
                f"{where}: {name!r} holds numbers that are not finite; lower the learning rate"
            )


def _alike(low: Tensor, high: Tensor) -> bool:
    """Says whether the lowest and the highest logit of each class, both (classes,), are the same; see `ALIKE`."""
    largest = torch.maximum(low.abs(), high.abs()).max()
    return bool(((high - low).max() <= ALIKE * largest).item())
