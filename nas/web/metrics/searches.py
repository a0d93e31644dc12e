"""What the database says of searches, for Prometheus: read when it asks, at most once in a few seconds.

Of each search there are some twenty figures, of each worker three. Where there are very many searches, those that run
and then the newest are given, so that a scrape has an end.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from nas.errors import StorageError, UnknownSearchError
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord, SearchState, SubmissionState
from nas.trial import TrialState
from nas.web.metrics.durations import Durations
from nas.web.metrics.families import Families
from nas.web.metrics.room import free_bytes
from nas.web.service import Service

KEPT_SECONDS = 5.0
MOST_SEARCHES = 100
MOST_WORKERS = 200
"""Of one search."""
MOST_SUBMISSIONS = 1000
"""Of one state: of more in the queue so many are counted."""


class Searches(Collector):
    """Collects the figures of one service's database. May be asked by several threads, which get the same answer."""

    def __init__(self, service: Service, *, kept_seconds: float = KEPT_SECONDS) -> None:
        self._service, self._kept_seconds = service, kept_seconds
        self._lock = threading.Lock()
        self._durations: dict[tuple[int, float], Durations] = {}
        self._kept: Sequence[Metric] = ()
        self._kept_until = 0.0

    def describe(self) -> Iterable[Metric]:
        """Returns the metrics without figures: for the registry, which otherwise asks the database when it is made."""
        return Families().all()

    def collect(self) -> Iterable[Metric]:
        """Returns the metrics. With the database away there are those of this process."""
        with self._lock:
            if time.monotonic() >= self._kept_until:
                self._kept = self._looked().all()
                self._kept_until = time.monotonic() + self._kept_seconds
            return self._kept

    def _looked(self) -> Families:
        families = self._own()
        try:
            with self._service.readers.read() as storage:
                self._look(storage, families)
        except StorageError:
            families = self._own()  # half a look would be figures that belong to different moments
            families.add("nas_database_up", 0)
            return families
        families.add("nas_database_up", 1)
        return families

    def _own(self) -> Families:
        families = Families()
        families.add("nas_stream_clients", self._service.live.clients)
        families.add("nas_exports_free_bytes", free_bytes(self._service.settings.exports))
        return families

    def _look(self, storage: Storage, families: Families) -> None:
        records = storage.searches()
        states = Counter(record.state for record in records)
        for state in SearchState:
            families.add("nas_searches", states[state], state)
        for queued in (SubmissionState.QUEUED, SubmissionState.RUNNING):
            found = storage.submissions(state=queued, limit=MOST_SUBMISSIONS)
            families.add("nas_queue_submissions", len(found), queued)
        shown = sorted(records, key=lambda record: record.state is not SearchState.RUNNING)[:MOST_SEARCHES]
        families.add("nas_searches_left_out", len(records) - len(shown))
        self._durations = {_key(record): self._durations.get(_key(record), Durations()) for record in shown}
        for record in shown:
            try:
                self._look_at(storage, record, families)
            except UnknownSearchError:  # another database lies where the one that was listed did
                continue

    def _look_at(self, storage: Storage, record: SearchRecord, families: Families) -> None:
        durations = self._durations[_key(record)]
        durations.follow(storage, record)
        families.add_durations(record.name, durations.buckets(), durations.seconds)
        families.add("nas_search_last_reward", durations.last_reward, record.name)
        families.add("nas_search_best_reward", _best(storage, record), record.name)
        _add_counters(storage, record, families)
        for update in storage.sampled_updates(record.search_id, 1)[-1:]:
            families.add("nas_search_policy_entropy", update.entropy, record.name)
            families.add("nas_search_policy_loss", update.loss, record.name)
        if record.state is SearchState.RUNNING:
            families.add("nas_search_driver_age_seconds", record.lease_age_seconds, record.name)
            families.add("nas_search_held", record.held, record.name)
            _add_workers(storage, record, families)


def _key(record: SearchRecord) -> tuple[int, float]:
    """Returns what tells a search from all others, also from those of a database that lay there before."""
    return record.search_id, record.created_at


def _best(storage: Storage, record: SearchRecord) -> float | None:
    numbers = [] if record.best_number is None else [record.best_number]
    return next((trial.reward for trial in storage.summaries_of(record.search_id, numbers)), None)


def _add_counters(storage: Storage, record: SearchRecord, families: Families) -> None:
    is_open = record.created > record.completed + record.failed
    states = Counter(trial.state for trial in storage.open_trials(record.search_id)) if is_open else Counter()
    ended = {TrialState.COMPLETED: record.completed, TrialState.FAILED: record.failed}
    counts = {state: ended.get(state, states[state]) for state in TrialState}
    for state, count in counts.items():
        families.add("nas_search_trials", count, record.name, state)
    for state, count in ended.items():
        families.add("nas_search_trials_ended_total", count, record.name, state)
    families.add("nas_search_trial_budget", record.trial_budget, record.name)
    families.add("nas_search_spent_seconds_total", record.spent_seconds, record.name)


def _add_workers(storage: Storage, record: SearchRecord, families: Families) -> None:
    workers = storage.workers(record.search_id)
    families.add("nas_search_workers", len(workers), record.name)
    now = time.time()
    for worker in workers[:MOST_WORKERS]:
        labels = (record.name, worker.worker)
        families.add("nas_worker_beat_age_seconds", max(0.0, now - worker.beat_at), *labels)
        families.add("nas_worker_memory_bytes", worker.memory_bytes, *labels)
        families.add("nas_worker_gpu_memory_bytes", worker.gpu_memory_bytes, *labels)
