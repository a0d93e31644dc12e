"""What workers say while they train, gathered and written to the database every few seconds in one transaction."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf

from nas.storage.contract import Storage
from nas.storage.records import Lease, TrialProgress, WorkerRecord
from nas.trial import SavedTraining, Trial
from workers.job import EpochMetrics
from workers.pool import Beat

ROW_SECONDS = 10.0
"""How old a worker's row may be before a mere sign of life renews it."""
GONE_SECONDS = 60.0
"""After so long without a sign of life a worker is taken for gone."""


@dataclass(slots=True)
class _News:
    """What is to be written of one attempt."""

    worker: str
    epochs: list[EpochMetrics] = field(default_factory=list)
    saved: SavedTraining | None = None


class Reports:
    """Takes in beats, and writes what is new. Nothing new is no transaction.

    `running` are the trials in training, by id, as the driver has them at any moment.
    """

    def __init__(
        self, storage: Storage, lease: Lease, running: Mapping[int, Trial], every_seconds: float
    ) -> None:
        self._storage, self._lease, self._running = storage, lease, running
        self._every_seconds = every_seconds
        self._news: dict[tuple[int, str], _News] = {}  # by trial id and token
        self._known: set[str] = set()  # tokens whose worker is in the database
        self._workers: dict[str, WorkerRecord] = {}
        self._beat_at: dict[str, float] = {}  # worker -> when it was heard of, on the monotonic clock
        self._row_at: dict[str, float] = {}  # worker -> when its row was written, on the same clock
        self._write_at = 0.0

    def hear(self, beat: Beat) -> None:
        """Takes in a sign of life, on the driver's thread."""
        trial = self._running.get(beat.job_id) if beat.job_id is not None else None
        if trial is not None and trial.token != beat.token:
            trial = None
        now = time.time()
        before = self._workers.get(beat.worker)
        self._workers[beat.worker] = WorkerRecord(
            worker=beat.worker,
            node=beat.node,
            number=trial.number if trial else None,
            memory_bytes=beat.memory_bytes,
            gpu_memory_bytes=beat.gpu_memory_bytes,
            started_at=before.started_at if before else now,
            beat_at=now,
        )
        self._beat_at[beat.worker] = time.monotonic()
        if trial is not None and (beat.epochs or trial.token not in self._known):
            self._keep(trial, beat)

    def _keep(self, trial: Trial, beat: Beat) -> None:
        news = self._news.setdefault((trial.trial_id, trial.token), _News(beat.worker))
        for report in beat.epochs:
            news.epochs.append(report.metrics)
            if report.saved:
                news.saved = SavedTraining(report.metrics.epoch, report.saved)

    def ended(self, trial: Trial) -> None:
        """Takes in that an attempt is over; what was not written of it is in its outcome, or of no use."""
        self._news.pop((trial.trial_id, trial.token), None)
        self._known.discard(trial.token)

    def lost(self, worker: str) -> None:
        """Takes in that a worker is gone."""
        if worker in self._workers:
            self._workers[worker] = replace(self._workers[worker], number=None)
            self._beat_at[worker] = -inf

    def write_due(self) -> None:
        """Writes what is new, unless that was done a moment ago."""
        if (self._news or self._is_row_due()) and time.monotonic() >= self._write_at:
            self.write()

    def write_of(self, trial: Trial) -> None:
        """Writes what is new, if some of it is of that trial."""
        if (trial.trial_id, trial.token) in self._news:
            self.write()

    def write(self) -> None:
        """Writes what is new of trials, and with it the rows of all workers."""
        progress = self._progress()
        now = time.monotonic()
        workers = [
            replace(worker, is_gone=now - self._beat_at[name] > GONE_SECONDS)
            for name, worker in self._workers.items()
        ]
        self._storage.record_progress(self._lease, progress, workers)
        self._known.update(one.token for one in progress)
        self._news.clear()
        self._row_at = {worker.worker: now for worker in workers if not worker.is_gone}
        self._workers = {name: worker for name, worker in self._workers.items() if name in self._row_at}
        self._beat_at = {name: self._beat_at[name] for name in self._workers}
        self._write_at = now + self._every_seconds

    def close(self) -> None:
        """Writes what is new. The rows of workers end with the lease."""
        if self._news:
            self.write()

    def _progress(self) -> list[TrialProgress]:
        return [
            TrialProgress(trial_id, token, news.worker, tuple(news.epochs), news.saved)
            for (trial_id, token), news in self._news.items()
        ]

    def _is_row_due(self) -> bool:
        return any(
            self._beat_at[name] - self._row_at.get(name, -inf) >= ROW_SECONDS for name in self._workers
        )
