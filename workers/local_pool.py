"""A pool of one slot that trains in this process: nothing to start, nothing to share, easy to step through."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from search_spaces.space import Space
from workers.data.images import ImageData
from workers.errors import PoolError
from workers.job import EpochReport, Job, Outcome
from workers.pool import Beat, Evaluate, Pool, require_free_slot, require_size
from workers.process import worker_name


class LocalPool(Pool):
    """Runs the submitted job within `wait`, however long it takes.

    Ctrl-C passes through `wait` and leaves the job submitted: the next `wait` starts it again.
    """

    blocking: ClassVar[bool] = True

    def __init__(self, space: Space, data: ImageData, evaluate: Evaluate, device: str = "cpu") -> None:
        self._space, self._data, self._evaluate, self._device = space, data, evaluate, device
        self._job: Job | None = None
        self._closed = False

    @property
    def slots(self) -> int:  # noqa: D102
        return 1

    @property
    def running(self) -> frozenset[int]:  # noqa: D102
        return frozenset() if self._job is None else frozenset({self._job.job_id})

    def resize(self, count: int) -> None:  # noqa: D102
        require_size(count, closed=self._closed)
        if count != 1:
            raise PoolError(
                f"workers: expected 1, as this search trains in its own process, got {count}; "
                "stop it and go on with it with --backend process or ray"
            )

    def submit(self, job: Job) -> None:  # noqa: D102
        require_free_slot(self, job, closed=self._closed)
        self._job = job

    def wait(self, timeout_seconds: float | None = None) -> Sequence[Outcome]:  # noqa: ARG002, D102
        if self._job is None:
            return ()
        job = self._job
        name = worker_name(self._device)

        def report(epoch: EpochReport) -> None:
            self._on_beat(Beat(name, job.job_id, job.token, (epoch,)))

        outcome = replace(self._evaluate(job, self._space, self._data, self._device, report), token=job.token)
        self._job = None
        return (outcome,)

    def close(self) -> None:  # noqa: D102
        self._job = None
        self._closed = True

    def now(self) -> float:  # noqa: D102
        return time.monotonic()
