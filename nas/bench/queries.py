"""What the pages of the service and a resume read of a search, by the methods of storage that they call."""

from collections.abc import Callable, Iterator, Sized
from dataclasses import dataclass

from nas.bench.bulk import EPOCHS, FAILED_EVERY, UPDATE_EVERY
from nas.bench.filling import COMMANDS, NOT_TOLD, QUEUED, RUNNING, SAVED_AT, STATE_BYTES, Filled
from nas.storage.contract import Storage
from nas.storage.log_rows import STRETCH, stretches_merged, updates_a_point
from nas.storage.records import Checkpoint, SubmissionState
from nas.trial import SavedTraining, TrialState

PAGE, EVENTS, POINTS, UPDATES, AT_ONCE, SUMMARIES = 50, 1000, 1000, 100, 200, 1000


@dataclass(frozen=True, slots=True)
class Query:
    """`read` gets the number of a told trial, another one each time, and gives what was read.

    `records` is how much that has to be; of a saved state its bytes.
    """

    name: str
    read: Callable[[int], Sized]
    records: int


def queries(storage: Storage, filled: Filled) -> list[Query]:
    """Returns every query, and how much it has to find of a search that was just filled."""
    return [
        *_of_searches(storage, filled),
        *_of_pages(storage, filled),
        *_of_results(storage, filled),
        *_of_the_log(storage, filled),
        *_of_trials(storage, filled),
        *_of_summaries(storage, filled),
        *_of_resume(storage, filled),
    ]


def _of_searches(storage: Storage, filled: Filled) -> Iterator[Query]:
    search_id, name = filled.record.search_id, filled.record.name
    yield Query("search", lambda _: [storage.search(name)], 1)
    yield Query("searches", lambda _: storage.searches(), search_id)  # they are numbered from 1
    yield Query("workers", lambda _: storage.workers(search_id), RUNNING)
    yield Query("commands", lambda _: storage.commands(search_id), COMMANDS)
    yield Query("commands, unanswered", lambda _: storage.commands(search_id, unanswered=True), 1)
    yield Query(f"submissions, {PAGE} newest", lambda _: storage.submissions(limit=PAGE), PAGE)
    queued = SubmissionState.QUEUED
    yield Query("submissions, queued", lambda _: storage.submissions(state=queued, limit=QUEUED), QUEUED)


def _of_pages(storage: Storage, filled: Filled) -> Iterator[Query]:
    search_id, half, record = filled.record.search_id, filled.told // 2, filled.record
    early = min(PAGE * FAILED_EVERY, half)

    def page(name: str, records: int, *, state: TrialState | None = None, before: int | None = None) -> Query:
        return Query(
            f"page, {name}",
            lambda _: storage.page(search_id, state=state, before=before, limit=PAGE),
            min(records, PAGE),
        )

    yield page("newest", PAGE)
    yield Query("page, anywhere", lambda at: storage.page(search_id, before=at + PAGE, limit=PAGE), PAGE)
    yield page("oldest", PAGE, before=PAGE)
    yield page("newest completed", record.completed, state=TrialState.COMPLETED)
    yield page("middle completed", half - _failed_below(half), state=TrialState.COMPLETED, before=half)
    yield page("oldest completed", PAGE - _failed_below(PAGE), state=TrialState.COMPLETED, before=PAGE)
    yield page("newest failed", record.failed, state=TrialState.FAILED)
    yield page("middle failed", _failed_below(half), state=TrialState.FAILED, before=half)
    yield page("oldest failed", _failed_below(early), state=TrialState.FAILED, before=early)
    yield page("running", RUNNING, state=TrialState.RUNNING)
    waiting = record.created - record.completed - record.failed - RUNNING
    yield page("waiting", waiting, state=TrialState.WAITING)


def _failed_below(number: int) -> int:
    """Returns how many trials with a number below it failed: 5, 21, 37, ..."""
    return (number + FAILED_EVERY - 6) // FAILED_EVERY


def _of_results(storage: Storage, filled: Filled) -> Iterator[Query]:
    search_id, told = filled.record.search_id, filled.told
    stretches = -(-told // STRETCH)
    points = -(-stretches // stretches_merged(told, POINTS))
    yield Query("leaderboard, 20", lambda _: storage.leaderboard(search_id, 20), 20)
    yield Query("leaderboard, 100", lambda _: storage.leaderboard(search_id, 100), 100)
    yield Query(f"architectures, {PAGE}", lambda _: storage.architectures(search_id, PAGE), PAGE)
    best = storage.architectures(search_id, 1)[0].canonical_key
    yield Query("one architecture", lambda _: [storage.architecture(search_id, best)], 1)
    yield Query("failures", lambda _: storage.failures(search_id), 4)
    yield Query("history", lambda _: storage.history(search_id, POINTS), points)


def _of_the_log(storage: Storage, filled: Filled) -> Iterator[Query]:
    search_id, log, tail = filled.record.search_id, filled.log, 20
    last_update = filled.told // UPDATE_EVERY
    yield Query("events, oldest", lambda _: storage.events(search_id, limit=EVENTS), min(EVENTS, log))
    yield Query("events, newest", lambda _: storage.events(search_id, after=log - tail), tail)
    yield Query("events, none new", lambda _: storage.events(search_id, after=log), 0)
    yield Query(f"events, {PAGE} newest first", lambda _: storage.newest_events(search_id, limit=PAGE), PAGE)
    yield Query("last event", lambda _: [storage.last_event(search_id)], 1)
    yield Query(
        "updates, newest",
        lambda _: storage.updates(search_id, after=max(last_update - UPDATES, 0), limit=UPDATES),
        min(UPDATES, last_update),
    )
    each = updates_a_point(last_update, POINTS)
    yield Query(
        "updates, sampled", lambda _: storage.sampled_updates(search_id, POINTS), -(-last_update // each)
    )


def _of_trials(storage: Storage, filled: Filled) -> Iterator[Query]:
    search_id, running = filled.record.search_id, filled.running[0]
    yield Query("trial", lambda at: [storage.trial(search_id, at)], 1)
    yield Query("attempts", lambda at: storage.attempts(search_id, at)[:1], 1)
    yield Query("epochs, running", lambda _: storage.epochs(search_id, running.number), SAVED_AT)
    # Trials 0, 16, 32, ... are completed.
    yield Query("epochs, completed", lambda at: storage.epochs(search_id, at - at % FAILED_EVERY), EPOCHS)


def _of_summaries(storage: Storage, filled: Filled) -> Iterator[Query]:
    search_id, created = filled.record.search_id, filled.record.created
    at_once, last_page = min(SUMMARIES, created), max(created - SUMMARIES, 0)

    def from_number(at: int) -> Sized:
        return storage.summaries(search_id, after=min(at, last_page) - 1, limit=SUMMARIES)

    def numbered(at: int) -> Sized:
        return storage.summaries_of(search_id, [(at + 7 * place) % created for place in range(PAGE)])

    yield Query(f"summaries, {SUMMARIES}", from_number, at_once)
    yield Query(f"summaries of {PAGE} numbers", numbered, PAGE)


def _of_resume(storage: Storage, filled: Filled) -> Iterator[Query]:
    search_id, running = filled.record.search_id, filled.running[0]
    last_page = filled.told - AT_ONCE

    def trials_from(at: int) -> Sized:
        return storage.trials(search_id, after=min(at, last_page) - 1, limit=AT_ONCE, curves=False)

    yield Query("open trials", lambda _: storage.open_trials(search_id), NOT_TOLD)
    yield Query(f"trials, {AT_ONCE} without curves", trials_from, min(AT_ONCE, filled.record.created))
    yield Query("latest checkpoint", lambda _: _state_of(storage.latest_checkpoint(search_id)), STATE_BYTES)
    yield Query("saved training", lambda _: _state_of(storage.saved_training(running.trial_id)), STATE_BYTES)


def _state_of(kept: Checkpoint | SavedTraining | None) -> bytes:
    return kept.state if kept else b""
