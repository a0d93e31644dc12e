"""Fills a database with a search of very many trials, as a real one leaves it.

The trials that are told come in bulk (`nas.bench.bulk`), the others by the methods that a driver calls.
`nas.storage.check` finds nothing wrong with the result.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count, islice

from sqlalchemy import Engine

from nas.bench import bulk, lives
from nas.storage.connection import for_writing, transaction
from nas.storage.contract import Storage
from nas.storage.owner import current_owner
from nas.storage.records import CommandKind, Lease, NewSearch, SearchRecord, SubmissionKind, TrialProgress
from nas.storage.rows import CHECKPOINTS_KEPT, update_row
from nas.trial import SavedTraining, Trial
from search_spaces.fingerprint import space_fingerprint
from search_spaces.registry import build_space
from workers.job import FailureKind

LEAST_TRIALS = 500
CHUNK = 50_000
"""Trials that are written in one transaction."""
ASKED_LAST = 8
"""Trials of each of the last asks, a checkpoint after each; they are not told."""
NOT_TOLD = CHECKPOINTS_KEPT * ASKED_LAST
RUNNING, ENDED, LOST = 12, 4, 2
"""Of those that are not told: in training, over, and waiting again after their worker was lost; the rest waits."""
SAVED_AT = 3
"""The epoch that the trainings which are not over have come to, their state being saved."""
STATE_BYTES = 1 << 20
"""Of a strategy, and of a training."""
COMMANDS = 3
"""The last one is not answered."""
SUBMISSIONS, QUEUED = 1_000, 2
"""Processes that dashboards have run, and those that wait for one."""
LEASE_SECONDS = 86_400.0

Report = Callable[[int, int], None]
"""Told how much of how much is done."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A search in a database, and the right to write to it."""

    record: SearchRecord
    lease: Lease
    running: tuple[Trial, ...]
    """The trials in training."""
    names: Iterator[int]
    """Numbers that nothing has been named after yet."""

    @property
    def told(self) -> int:
        """How many trials were told: those with the first numbers."""
        return self.record.created - NOT_TOLD

    @property
    def log(self) -> int:
        """Id of the newest entry in the log: two for each attempt, but one while it runs."""
        return bulk.log_entries(self.told) + 2 * (ENDED + LOST) + RUNNING


def fill(storage: Storage, engine: Engine, name: str, trials: int, report: Report) -> Filled:
    """Adds a search of so many trials, at least 500, to the database that `storage` and `engine` are of."""
    record = storage.create_search(_new_search(name, trials))
    lease = storage.acquire(record.search_id, current_owner(), seconds=LEASE_SECONDS)
    told = trials - NOT_TOLD
    _fill_in_bulk(engine, record.search_id, told, report)
    names = count(told)
    running = _leave_open(storage, lease, names)
    _ask_for_something(storage, lease)
    _settle(engine)
    return Filled(storage.search(name), lease, running, names)


def _new_search(name: str, trials: int) -> NewSearch:
    return NewSearch(
        name,
        config={
            "name": name,
            "space": {"name": bulk.SPACE},
            "strategy": {"name": "reinforce"},
            "budget": {"trials": 2 * trials},
        },
        space=bulk.SPACE,
        strategy="reinforce",
        dataset="cifar10",
        dataset_fingerprint="f" * 64,
        image=(3, 32, 32),
        classes=10,
        seed=0,
        trial_budget=2 * trials,
        time_budget_seconds=None,
        space_fingerprint=space_fingerprint(build_space(bulk.SPACE), ()),
    )


def _fill_in_bulk(engine: Engine, search_id: int, told: int, report: Report) -> None:
    began = time.time() - 6.0 * told
    for first in range(0, told, CHUNK):
        end = min(first + CHUNK, told)
        _run(engine, bulk.trials(search_id, first, end, told, began), bulk.attempts(search_id, first, end))
        report(end, told)
    update = lives.policy_update(1, tuple(range(bulk.UPDATE_EVERY)))
    _run(
        engine,
        bulk.events(search_id, told),
        bulk.dropped_events(search_id, told),
        bulk.updates(search_id, told, update_row(update, search_id, 0)["samples"]),
        *bulk.rollups(search_id),
        bulk.submissions(search_id, SUBMISSIONS),
        bulk.counters(search_id, told),
    )


def _run(engine: Engine, *statements: str) -> None:
    """Runs statements as they stand: nothing in them is a parameter, whatever it looks like."""
    with transaction(for_writing(engine)) as connection:
        as_they_stand = connection.execution_options(no_parameters=True)
        for statement in statements:
            as_they_stand.exec_driver_sql(statement)


def _settle(engine: Engine) -> None:
    """Does what has long happened in the database of a real search: of so many trials the fewest were just written."""
    if engine.dialect.name == "postgresql":
        _run(engine, "ANALYZE")  # which it does by itself, sooner or later; SQLite never does
        return
    with closing(engine.raw_connection()) as connection:  # in no transaction
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _leave_open(storage: Storage, lease: Lease, names: Iterator[int]) -> tuple[Trial, ...]:
    """Adds the trials that are not told; returns those in training."""
    added = list[Trial]()
    for _ in range(CHECKPOINTS_KEPT):
        added += storage.add_trials(lease, [lives.new_trial(name) for name in islice(names, ASKED_LAST)])
        storage.save_checkpoint(lease, bytes(STATE_BYTES))
    in_order = iter(added)
    ended, lost, running = (
        [storage.start_trial(lease, trial.trial_id, lives.token(trial)) for trial in islice(in_order, part)]
        for part in (ENDED, LOST, RUNNING)
    )
    _hear(storage, lease, [*running, *lost])
    for trial in ended:
        outcome = lives.outcome(trial)
        storage.finish_trial(lease, trial.trial_id, outcome, outcome.validation_accuracy)
    for trial in lost:
        storage.requeue_trial(lease, trial.trial_id, FailureKind.WORKER_LOST, "the worker is gone")
    storage.record_progress(lease, [], [lives.worker(place, trial) for place, trial in enumerate(running)])
    return tuple(running)


def _hear(storage: Storage, lease: Lease, running: Sequence[Trial]) -> None:
    known, saved = lives.epochs(SAVED_AT), SavedTraining(SAVED_AT, bytes(STATE_BYTES))
    for place, trial in enumerate(running):
        progress = TrialProgress(trial.trial_id, trial.token, lives.worker_name(place), known, saved)
        storage.record_progress(lease, [progress])


def _ask_for_something(storage: Storage, lease: Lease) -> None:
    commands = [storage.add_command(lease.search_id, CommandKind.STOP, "me@host7") for _ in range(COMMANDS)]
    for command in commands[:-1]:
        storage.answer_command(lease, command.command_id, "the search was not running")
    for _ in range(QUEUED):
        storage.add_submission(SubmissionKind.EXPORT, "bench", {"number": None}, "me@host7")
