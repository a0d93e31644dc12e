"""What crosses the process border: the recipe of a training, the job handed to a worker, the outcome that comes back.

All are frozen values of plain types, so that they pickle small and compare equal.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt

from search_spaces.architecture import Architecture

ERROR_TEXT_LIMIT = 8_000
"""Characters of an error that an outcome keeps: the last ones, which say what happened."""


class FailureKind(StrEnum):
    """Why a training ended without a result. The child's own faults first, then those of the machinery."""

    DIVERGED = "diverged"
    """The loss or a weight became infinite or not a number."""
    CONSTANT = "constant"
    """After its training the child answers every picture alike."""
    OUT_OF_MEMORY = "out_of_memory"
    """The child did not fit the memory of its device."""
    OUT_OF_HOST_MEMORY = "out_of_host_memory"
    """The child, or what trained it, did not fit the memory of its host."""
    TIMEOUT = "timeout"
    """An epoch, or the whole training, took longer than it may."""
    DATA = "data_error"
    """The pictures could not be read, or there are too few of them for a step."""
    OVER_LIMIT = "over_limit"
    """The child was slower on its worker than the search allows; it was not trained."""
    ERROR = "error"
    """The child raised any other exception."""
    WORKER_LOST = "worker_lost"
    """The process that trained the child is gone; the child is not to blame."""
    NODE_LOST = "node_lost"
    """The machine that trained the child, or Ray on it, is gone."""
    PREEMPTED = "preempted"
    """The worker was asked to end by whoever runs its machine."""
    CANCELLED = "cancelled"
    """The search was stopped while the child was in training."""

    @property
    def is_infrastructure(self) -> bool:
        """Whether the same job may well succeed when it is run again."""
        return self in INFRASTRUCTURE

    @property
    def retries(self) -> int:
        """How often a job that failed so is tried again."""
        return RETRIES.get(self, 0)


INFRASTRUCTURE = frozenset(
    {FailureKind.WORKER_LOST, FailureKind.NODE_LOST, FailureKind.PREEMPTED, FailureKind.CANCELLED}
)
RETRIES = dict.fromkeys(INFRASTRUCTURE, 5) | {
    FailureKind.OUT_OF_MEMORY: 1,  # a neighbour on the same device may have taken what was missing
    FailureKind.OUT_OF_HOST_MEMORY: 1,
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a child is trained: SGD with Nesterov momentum, linear warm-up, then cosine decay to zero.

    The annotations are what is accepted, the ranges in brackets the usual ones.
    """

    epochs: Annotated[int, Ge(1), Le(10_000)] = 8
    """Passes over the training pictures [search 3-20, final 50-600]."""
    batch_size: Annotated[int, Ge(2), Le(65_536)] = 64
    """Pictures a step [32-512]."""
    learning_rate: Annotated[float, Gt(0), Le(100)] = 0.1
    """Highest rate, reached at the end of the warm-up, for `batch_size` pictures a step [0.01-0.4]."""
    warmup_epochs: Annotated[float, Ge(0), Le(1_000)] = 1.0
    """Epochs of linear rise from zero, at most half of all [0-5]."""
    momentum: Annotated[float, Ge(0), Lt(1)] = 0.9
    """Nesterov momentum [0.8-0.99]."""
    weight_decay: Annotated[float, Ge(0), Le(1)] = 5e-4
    """L2 penalty on the weights of convolutions and linear layers; none on normalisation and biases [1e-5-1e-3]."""
    label_smoothing: Annotated[float, Ge(0), Lt(1)] = 0.1
    """Probability mass spread over all classes; Szegedy et al. 2016, section 7 [0-0.2]."""
    crop_padding: Annotated[int, Ge(0), Le(64)] = 1
    """Pixels of zero padding before the random crop; 0 for none [32x32 pictures: 4]."""
    flip: bool = False
    """Whether half of the pictures are mirrored left to right; wrong for digits and letters."""
    cutout: Annotated[int, Ge(0), Le(256)] = 0
    """Side in pixels of the square that is blanked; DeVries and Taylor 2017; 0 for none [32x32: 8-16]."""
    gradient_clip: Annotated[float, Gt(0), Le(1_000)] = 5.0
    """Largest norm of the whole gradient; NASNet and DARTS use 5 [1-10]."""


@dataclass(frozen=True, slots=True)
class EpochMetrics:
    """One point of a learning curve. Accuracies are fractions from 0 to 1.

    The two validation figures are None where everything is trained on and nothing is held back.
    """

    epoch: int
    """Counted from 1."""
    train_loss: float
    """Mean cross-entropy of the epoch's batches, with label smoothing, while the weights still moved."""
    validation_loss: float | None
    """Mean cross-entropy without label smoothing."""
    validation_accuracy: float | None
    seconds: float
    """Of this epoch's training and evaluation, on a monotonic clock."""


@dataclass(frozen=True, slots=True)
class EpochReport:
    """What a worker says after an epoch, while it trains on."""

    metrics: EpochMetrics
    saved: bytes = field(default=b"", repr=False)
    """The state after this epoch (see `workers.saved`), where `Job.save_seconds` asks for it; else empty."""


@dataclass(frozen=True, slots=True)
class Timing:
    """That a child is timed before it is trained, and how slow it may be. See `workers.latency`."""

    limit_ms: float = math.inf
    """Milliseconds for one forward pass; a slower child is not trained."""
    batch_size: int = 1
    """Pictures in a forward pass."""


@dataclass(frozen=True, slots=True)
class Job:
    """One training to be done. `job_id` is the caller's; outcomes carry it back. `seed` fixes weights and batches."""

    job_id: int
    architecture: Architecture
    recipe: Recipe
    seed: int
    timing: Timing | None = None
    """None where nobody asks how fast the child is: timing takes a moment."""
    token: str = ""
    """Names this attempt at the job; its outcome carries it back, so that a late one is known as such."""
    saved: bytes = field(default=b"", repr=False)
    """The state after an epoch, from `EpochReport.saved`, that the training goes on from; empty: from the beginning."""
    save_seconds: float = math.inf
    """After so many seconds of training that are not saved yet, the state after the epoch is reported as well."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: a finished training, or a failure with its reason.

    Either `failure` is None and every measure is finite, or `failure` is set and the accuracy is None. A failed one has
    what was known of it by then.
    """

    job_id: int
    validation_accuracy: float | None = None
    validation_loss: float | None = None
    parameters: int | None = None
    multiply_adds: int | None = None
    train_seconds: float = 0.0
    """Seconds of training and evaluation on the worker's monotonic clock; building and data transfer left out."""
    curve: tuple[EpochMetrics, ...] = ()
    failure: FailureKind | None = None
    error_text: str = ""
    """The end of the traceback, at most `ERROR_TEXT_LIMIT` characters."""
    worker: str = ""
    """Host, process and device that did it, "host7:4211:cuda:0"."""
    latency_ms: float | None = None
    """Milliseconds of one forward pass on that device; None where the job did not ask for it."""
    token: str = ""
    """That of the job. Pools fill it in: an `Evaluate` need not."""

    def __post_init__(self) -> None:
        accuracy = self.validation_accuracy
        if (self.failure is None) != (accuracy is not None and math.isfinite(accuracy)):
            raise ValueError(
                f"outcome of job {self.job_id}: expected either a finite accuracy or a failure, "
                f"got accuracy {accuracy} and failure {self.failure}"
            )
        if self.failure is None:
            for name, value in self._measures():
                if isinstance(value, float) and not math.isfinite(value):
                    raise ValueError(
                        f"outcome of job {self.job_id}: expected a finite {name}, got {value}; report a failure instead"
                    )

    def _measures(self) -> Iterator[tuple[str, float | None]]:
        """Yields every number but the accuracy under its name."""
        for name in ("validation_loss", "parameters", "multiply_adds", "train_seconds", "latency_ms"):
            yield name, getattr(self, name)
        for point in self.curve:
            for entry in fields(point):
                yield f"{entry.name} of epoch {point.epoch}", getattr(point, entry.name)
