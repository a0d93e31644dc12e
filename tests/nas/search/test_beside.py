"""What goes on beside the loop: the lease, words while nothing happens, workers' reports, commands."""

import threading
from dataclasses import replace

import pytest

from nas.errors import SearchBusyError
from nas.search.background import Background, Task
from nas.search.commands import NOT_HEARD, Commands
from nas.search.idle import HISTORY, SAY_SECONDS, Idle
from nas.search.reports import Reports
from nas.storage.memory import InMemoryStorage
from nas.storage.records import CommandKind
from nas.trial import NewTrial, Proposal, Trial
from search_spaces.architecture import Architecture
from tests.nas.search.conftest import GONE, Harness
from workers.job import EpochMetrics, EpochReport
from workers.pool import Beat

GUARD_SECONDS = 60
WARNING = (
    "warning: the stored state of the strategy after event {} is damaged; going on from {}, "
    "and all that happened since is gone through again"
)


def test_tasks_are_done_again_and_again_until_the_end() -> None:
    often = threading.Semaphore(0)
    with Background(Task(0.001, often.release)) as background:
        for _ in range(3):
            assert often.acquire(timeout=GUARD_SECONDS)
        background.check()
    assert not any(thread.name == "search-background" for thread in threading.enumerate())


@pytest.mark.parametrize("error", [SearchBusyError("taken over"), ValueError("taken over")])
def test_an_error_of_a_task_reaches_the_driver_and_ends_the_tasks(error: Exception) -> None:
    failed = threading.Event()

    def fail() -> None:
        failed.set()
        raise error

    with Background(Task(0.001, fail)) as background:
        assert failed.wait(GUARD_SECONDS)
        background._thread.join(GUARD_SECONDS)
        with pytest.raises(type(error), match="taken over"):
            background.check()


class Said:
    def __init__(self) -> None:
        self.now = 0.0
        self.texts: list[str] = []
        self.idle = Idle(self.texts.append, 8, clock=lambda: self.now)

    def at(self, now: float) -> list[str]:
        self.now = now
        self.idle.look()
        return self.texts


def trial(number: int) -> Trial:
    storage = InMemoryStorage()
    Harness(storage=storage).create()
    lease = storage.acquire(1, GONE, seconds=30)
    for _ in range(number + 1):
        (added,) = storage.add_trials(lease, [NewTrial(Proposal(Architecture("toy", (0,))), "key", 0)])
    return added


def metrics(epoch: int) -> EpochMetrics:
    return EpochMetrics(epoch, 1.0, 1.0, 0.5, 1.0)


def test_it_is_said_what_is_waited_for_when_nothing_happens_for_long() -> None:
    said = Said()
    said.idle.started(replace(trial(7), trial_id=1))
    said.now = 10
    said.idle.started(replace(trial(8), trial_id=2))
    said.idle.hear(Beat("w", 1, "t", (EpochReport(metrics(1)), EpochReport(metrics(2)))))
    assert said.at(SAY_SECONDS - 1) == []
    assert said.at(95.0) == [
        "waiting for 2 children in training, the longest for 95 s (trial 7, epoch 3 of 8)"
    ]
    assert len(said.at(95.0 + SAY_SECONDS - 1)) == 1
    assert len(said.at(95.0 + SAY_SECONDS)) == 2
    said.idle.ended(replace(trial(7), trial_id=1))
    said.idle.happened()
    assert said.at(200.0)[-1] == "waiting for 1 child in training for 190 s (trial 8, epoch 1 of 8)"


def test_it_is_said_that_a_search_is_paused_once_nothing_is_in_training() -> None:
    said: list[str] = []
    now = 0.0
    idle = Idle(said.append, 8, clock=lambda: now, is_held=lambda: True)
    idle.started(replace(trial(7), trial_id=1))
    now = 31.0
    idle.look()
    idle.ended(replace(trial(7), trial_id=1))
    now = 62.0
    idle.look()
    assert said[0].startswith("waiting for 1 child in training")
    assert said[1:] == ["waiting for somebody to let the search go on, which is paused"]


def test_it_is_said_what_the_driver_itself_takes_long_for() -> None:
    said = Said()
    assert said.at(31.0) == ["waiting for a worker that is free"]
    with said.idle.busy_with("the strategy's next proposals"):
        assert said.at(62.0)[-1] == "waiting for the strategy's next proposals"
    assert len(said.at(63.0)) == 2
    with pytest.raises(KeyError), said.idle.busy_with("what fails"):
        raise KeyError
    assert said.at(94.0)[-1] == "waiting for a worker that is free"


class Counting(InMemoryStorage):
    """Counts the transactions of reports."""

    written = 0

    def record_progress(self, lease, progress, workers=()):
        self.written += 1
        super().record_progress(lease, progress, workers)


@pytest.fixture
def running():
    """A storage with one trial in training, its lease, and the trial."""
    storage = Counting()
    Harness(storage=storage).create()
    lease = storage.acquire(1, GONE, seconds=30)
    (added,) = storage.add_trials(lease, [NewTrial(Proposal(Architecture("toy", (0,))), "key", 0)])
    return storage, lease, storage.start_trial(lease, added.trial_id, "t" * 32)


def test_what_workers_say_is_written_at_intervals_and_nothing_is_written_for_nothing(running) -> None:
    storage, lease, started = running
    reports = Reports(storage, lease, {started.trial_id: started}, every_seconds=3600)
    reports.write_due()
    assert storage.written == 0
    beat = Beat("host:1:cpu", started.trial_id, started.token, node="n", memory_bytes=5)
    reports.hear(beat)
    reports.write_due()
    assert storage.written == 1
    (attempt,) = storage.attempts(1, 0)
    assert attempt.worker == "host:1:cpu"
    (worker,) = storage.workers(1)
    assert (worker.worker, worker.number, worker.memory_bytes, worker.node) == ("host:1:cpu", 0, 5, "n")
    reports.hear(replace(beat, epochs=(EpochReport(metrics(1), b"one"), EpochReport(metrics(2), b"two"))))
    reports.write_due()
    assert storage.written == 1  # it is too early
    reports.write_of(started)
    assert storage.written == 2
    assert [point.epoch for point in storage.epochs(1, 0)] == [1, 2]
    saved = storage.saved_training(started.trial_id)
    assert saved is not None
    assert (saved.epoch, saved.state) == (2, b"two")
    reports.hear(beat)
    reports.close()
    assert storage.written == 2  # a mere sign of life is no news


def test_a_beat_of_an_attempt_that_was_given_up_is_not_written(running) -> None:
    storage, lease, started = running
    reports = Reports(storage, lease, {started.trial_id: started}, every_seconds=0)
    reports.hear(Beat("host:1:cpu", started.trial_id, "0" * 32, (EpochReport(metrics(1)),)))
    reports.write_due()
    assert storage.epochs(1, 0) == ()
    assert [worker.number for worker in storage.workers(1)] == [None]


def test_a_worker_that_is_lost_is_gone_with_the_next_report(running) -> None:
    storage, lease, started = running
    reports = Reports(storage, lease, {started.trial_id: started}, every_seconds=0)
    reports.hear(Beat("host:1:cpu", started.trial_id, started.token))
    reports.write()
    reports.lost("host:1:cpu")
    reports.hear(Beat("host:2:cpu"))
    reports.write_due()
    assert [worker.worker for worker in storage.workers(1)] == ["host:2:cpu"]
    assert set(reports._beat_at) == {"host:2:cpu"}  # one that is gone takes no room


def test_commands_are_looked_for_now_and_then_and_old_ones_are_dismissed(running) -> None:
    storage, lease, _ = running
    commands = Commands(storage, lease)
    storage.add_command(1, CommandKind.STOP, "me@here")
    commands.dismiss(NOT_HEARD)
    storage.add_command(1, CommandKind.STOP, "you@there")
    assert commands.due() == []  # it is too early to look again
    assert [command.issued_by for command in commands.due(at_once=True)] == ["you@there"]
    commands._look_at = 0.0
    assert [command.issued_by for command in commands.due()] == ["you@there"]
    answers = [command.answer for command in storage.commands(1)]
    assert answers == ["not heard: the driver was gone", None]


def test_it_is_said_that_a_search_is_taken_up(harness, monkeypatch) -> None:
    monkeypatch.setattr("nas.search.idle.SAY_SECONDS", 0.0)
    monkeypatch.setattr("nas.search.loop.TICK_SECONDS", 0.001)
    search = harness(trials=4).create()
    search.run(stop_after=2)
    said = threading.Event()
    inner = search.storage.all_trials

    def all_trials(search_id: int):
        assert said.wait(GUARD_SECONDS), "nothing was said"
        return inner(search_id)

    search.storage.all_trials = all_trials
    search.say = lambda text: said.set() if text == f"waiting for {HISTORY}" else None
    assert search.run() == "completed"


@pytest.mark.parametrize("sound", [2, 1, 0])
def test_damaged_states_are_named_and_gone_without(sound: int, harness) -> None:
    undisturbed = harness(trials=50).create()
    undisturbed.run()
    search = harness(trials=50).create()
    search.run(stop_after=45)
    rows = search.storage._searches[1].checkpoints
    assert len(rows) == 3
    for row in rows[sound:]:
        row["state"] = row["state"][:-1] + bytes([row["state"][-1] ^ 1])
    events = ", ".join(str(row["event"]) for row in rows[sound:])
    instead = f"the one after event {rows[sound - 1]['event']}" if sound else "the first event"
    assert search.run() == "completed"
    assert [event.note for event in search.events if event.kind == "noted"] == [
        WARNING.format(events, instead)
    ]
    assert [t.architecture for t in search.trial_list()] == [t.architecture for t in undisturbed.trial_list()]
    assert search.updates() == undisturbed.updates()
