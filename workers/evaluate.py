"""From job to outcome: what a worker runs.

Whatever happens to the child in training, an outcome comes back. The state a process keeps between two jobs is the data
set on its device, no more.
"""

import traceback
from functools import lru_cache

import torch
from torch import nn

from search_spaces.build import build_module
from search_spaces.complexity import Cost, cost
from search_spaces.graph import Graph
from search_spaces.space import Space
from workers.data.images import ImageData
from workers.device import DeviceImages
from workers.errors import DivergedError
from workers.job import ERROR_TEXT_LIMIT, FailureKind, Job, Outcome
from workers.latency import measure_latency
from workers.process import worker_name
from workers.trainer import train

KIND_OF_ERROR: tuple[tuple[type[BaseException], FailureKind], ...] = (
    (DivergedError, FailureKind.DIVERGED),
    (MemoryError, FailureKind.OUT_OF_MEMORY),
    (torch.OutOfMemoryError, FailureKind.OUT_OF_MEMORY),
)
"""What is not listed is an `ERROR`, but for the memory errors that torch raises as plain `RuntimeError`."""

TORCH_MEMORY_TEXTS = ("DefaultCPUAllocator", "CUBLAS_STATUS_ALLOC_FAILED", "CUDA error: out of memory")


def evaluate_child(job: Job, space: Space, data: ImageData, device: str) -> Outcome:
    """Builds, prices, trains and judges the job's architecture; see `workers.pool.Evaluate`.

    Takes one CPU thread. Does not touch torch's global random numbers. The measure is the accuracy on the validation
    part after the last epoch, not the best of all epochs, which would flatter the noisiest child. Where the job asks
    for it the child is timed first, and one that is slower than the job allows is not trained.
    """
    # As many workers as cores do the work: on a busy machine two threads for one child are slower than one.
    torch.set_num_threads(1)
    try:
        graph = space.network(job.architecture, data.image, len(data.classes))
        price = cost(graph)
        pictures, validation = _placed(data, device)
        module = build_seeded(graph, job.seed)
        latency_ms = measure_latency(module, pictures, job.timing.batch_size) if job.timing else None
        if job.timing and latency_ms is not None and latency_ms > job.timing.limit_ms:
            return _slow_outcome(job, price, latency_ms, job.timing.limit_ms, worker_name(device))
        curve = train(module, pictures, job.recipe, seed=job.seed, validation=validation)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - process border: any fault of a child is its outcome
        return failed_outcome(job, error, worker_name(device))
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


def build_seeded(graph: Graph, seed: int) -> nn.Module:
    """Returns the network on the CPU with the initial weights of `seed`; the caller's random numbers are left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return build_module(graph)


def failed_outcome(job: Job, error: BaseException, worker: str) -> Outcome:
    """Returns the outcome of a job that ended in `error`: its kind, and the end of its traceback."""
    text = "".join(traceback.format_exception(error))
    return Outcome(job.job_id, failure=_kind(error), error_text=text[-ERROR_TEXT_LIMIT:], worker=worker)


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
    if isinstance(error, RuntimeError) and any(text in str(error) for text in TORCH_MEMORY_TEXTS):
        return FailureKind.OUT_OF_MEMORY
    return FailureKind.ERROR


@lru_cache(maxsize=1)
def _placed(data: ImageData, device: str) -> tuple[DeviceImages, DeviceImages]:
    """Returns the training and validation parts on `device`, moved there by the first job of a process."""
    train_part = DeviceImages.place(data.train, data.mean, data.std, device)
    return train_part, DeviceImages.place(data.validation, data.mean, data.std, device)
