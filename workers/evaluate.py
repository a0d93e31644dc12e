"""From job to outcome: what a worker runs.

Whatever happens to the child in training, an outcome comes back. The state a process keeps between two jobs is the data
set on its device, no more.
"""

import traceback
from collections.abc import Callable
from functools import lru_cache

import torch
from torch import nn

from search_spaces.build import build_module
from search_spaces.complexity import Cost, cost
from search_spaces.graph import Graph
from search_spaces.space import Space
from workers.data.images import ImageData, LabelledImages
from workers.device import DeviceImages
from workers.error_text import plain_text
from workers.errors import ConstantError, DataError, DivergedError
from workers.job import EpochMetrics, EpochReport, FailureKind, Job, Outcome
from workers.latency import measure_latency
from workers.pool import Report, ignore
from workers.process import worker_name
from workers.saved import LARGEST_SAVED_BYTES, TrainingState, fingerprint, pack, unpack
from workers.trainer import train

KIND_OF_ERROR: tuple[tuple[type[BaseException], FailureKind], ...] = (
    (DivergedError, FailureKind.DIVERGED),
    (ConstantError, FailureKind.CONSTANT),
    (DataError, FailureKind.DATA),
    (MemoryError, FailureKind.OUT_OF_HOST_MEMORY),
    (torch.OutOfMemoryError, FailureKind.OUT_OF_MEMORY),
)
"""What is not listed is an `ERROR`, but for the memory errors that torch raises as plain `RuntimeError`."""

TORCH_MEMORY_TEXTS = {
    "DefaultCPUAllocator": FailureKind.OUT_OF_HOST_MEMORY,
    "CUBLAS_STATUS_ALLOC_FAILED": FailureKind.OUT_OF_MEMORY,
    "CUDNN_STATUS_ALLOC_FAILED": FailureKind.OUT_OF_MEMORY,
    "CUDA error: out of memory": FailureKind.OUT_OF_MEMORY,
}


def evaluate_child(job: Job, space: Space, data: ImageData, device: str, report: Report = ignore) -> Outcome:
    """Builds, prices, trains and judges the job's architecture; see `workers.pool.Evaluate`.

    Takes one CPU thread. Leaves torch's global random numbers as they were. The measure is the accuracy on the
    validation part after the last epoch, not the best of all epochs, which would flatter the noisiest child. Where the
    job asks for it the child is timed first, and one that is slower than the job allows is not trained. A saved state
    of this very job is gone on from; with any other the training begins at the beginning.
    """
    # As many workers as cores do the work: on a busy machine two threads for one child are slower than one.
    torch.set_num_threads(1)
    try:
        return _evaluate(job, space, data, device, report)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - process border: any fault of a child, SystemExit too, is its outcome
        return failed_outcome(job, error, worker_name(device))


def _evaluate(job: Job, space: Space, data: ImageData, device: str, report: Report) -> Outcome:
    """Does the work of `evaluate_child`, and raises what a faulty child raises."""
    graph = space.network(job.architecture, data.image, len(data.classes))
    price = cost(graph)
    pictures, validation = _placed(data, device)
    module = build_seeded(graph, job.seed)
    mark = fingerprint(job, space, data, module, device)
    state, latency_ms = unpack(job.saved, mark) or (None, None)
    if job.timing and latency_ms is None:
        latency_ms = measure_latency(module, pictures, job.timing.batch_size)
        if latency_ms > job.timing.limit_ms:
            return _slow_outcome(job, price, latency_ms, job.timing.limit_ms, worker_name(device))
    curve = train(
        module,
        pictures,
        job.recipe,
        seed=job.seed,
        validation=validation,
        start=state,
        on_epoch=Reporter(job, report, lambda state: pack(state, mark, latency_ms)),
    )
    return Outcome(
        job_id=job.job_id,
        validation_accuracy=curve[-1].validation_accuracy,
        validation_loss=curve[-1].validation_loss,
        parameters=price.parameters,
        multiply_adds=price.multiply_adds,
        train_seconds=sum(point.seconds for point in curve),
        curve=curve,
        worker=worker_name(device),
        latency_ms=latency_ms,
    )


class Reporter:
    """Tells of each epoch, with the state after it where `Job.save_seconds` of training are not saved yet.

    Without it after the last epoch, which the outcome follows, and where it is larger than `LARGEST_SAVED_BYTES`.
    """

    def __init__(self, job: Job, report: Report, pack_state: Callable[[TrainingState], bytes]) -> None:
        self._job, self._report, self._pack = job, report, pack_state
        self._unsaved_seconds = 0.0

    def __call__(self, metrics: EpochMetrics, state: Callable[[], TrainingState]) -> None:
        """Reports the epoch of `metrics`; `state` gives the state after it."""
        self._unsaved_seconds += metrics.seconds
        due = self._unsaved_seconds >= self._job.save_seconds and metrics.epoch < self._job.recipe.epochs
        saved = self._packed(state()) if due else b""
        if due:
            self._unsaved_seconds = 0.0
        self._report(EpochReport(metrics, saved))

    def _packed(self, state: TrainingState) -> bytes:
        saved = self._pack(state) if state.bytes <= LARGEST_SAVED_BYTES else b""
        return saved if len(saved) <= LARGEST_SAVED_BYTES else b""


def build_seeded(graph: Graph, seed: int) -> nn.Module:
    """Returns the network on the CPU with the initial weights of `seed`; the caller's random numbers are left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return build_module(graph)


def failed_outcome(job: Job, error: BaseException, worker: str) -> Outcome:
    """Returns the outcome of a job that ended in `error`, of whatever class: its kind, and the end of its traceback."""
    return Outcome(job.job_id, failure=_kind(error), error_text=plain_text(error), worker=worker)


def _slow_outcome(job: Job, price: Cost, latency_ms: float, limit_ms: float, worker: str) -> Outcome:
    """Returns the outcome of a child that is not trained, with all that is known of it."""
    return Outcome(
        job.job_id,
        parameters=price.parameters,
        multiply_adds=price.multiply_adds,
        failure=FailureKind.OVER_LIMIT,
        error_text=f"latency: expected at most {limit_ms:g} ms, got {latency_ms:.3f} ms; not trained",
        worker=worker,
        latency_ms=latency_ms,
    )


def _kind(error: BaseException) -> FailureKind:
    for kind_of_error, kind in KIND_OF_ERROR:
        if isinstance(error, kind_of_error):
            return kind
    if isinstance(error, RuntimeError):
        message = "".join(traceback.format_exception_only(error))  # unlike str(error) it cannot raise
        return next((kind for text, kind in TORCH_MEMORY_TEXTS.items() if text in message), FailureKind.ERROR)
    return FailureKind.ERROR


@lru_cache(maxsize=1)
def _placed(data: ImageData, device: str) -> tuple[DeviceImages, DeviceImages]:
    """Returns the training and validation parts on `device`, moved there by the first job of a process.

    Raises `DataError` where a part cannot be read, or where labels and pictures or classes do not belong together: a
    label beyond the classes makes a GPU useless to its whole process.
    """
    parts = []
    for name, part in (("training", data.train), ("validation", data.validation)):
        try:
            _require_labels(name, part, len(data.classes))
            parts.append(DeviceImages.place(part, data.mean, data.std, device))
        except (OSError, TypeError, ValueError) as error:
            raise DataError(
                f"{name} part of {data.name!r}: expected pictures and labels that can be read, got "
                f"{type(error).__name__}: {error}; load the data set again"
            ) from error
    return parts[0], parts[1]


def _require_labels(name: str, part: LabelledImages, classes: int) -> None:
    pictures, labels = len(part.images), part.labels
    if len(labels) != pictures or (pictures and not 0 <= labels.min() <= labels.max() < classes):
        raise DataError(
            f"{name} part: expected a label from 0 to {classes - 1} for each of {pictures} pictures, "
            f"got {len(labels)} labels from {min(labels, default=None)} to {max(labels, default=None)}; "
            "load the data set again"
        )
