"""What happens to a search in a storm: each fault is aimed at what is at work, and is seen to have happened.

| fault                                | what is to come of it                                                     |
|--------------------------------------|---------------------------------------------------------------------------|
| worker: SIGKILL, SIGTERM             | its attempt is lost, its trial trained again, behind the last saved epoch |
| worker: SIGSTOP, silent for too long | the driver kills it; the same                                             |
| driver: SIGKILL, at a named point or anywhere | the next one goes on; attempts are cancelled, at most one a worker |
| driver: SIGTERM                      | it puts back what is in training, saves its state, exits with 143         |
| driver: SIGSTOP until another has taken over, SIGCONT | it exits with 75                                         |
| driver: SIGSTOP until its lease is another's, SIGCONT | it exits with 75, and the database stays as it was       |
| database: connections cut, locked    | waited for; nothing else                                                  |
"""

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import psutil

from nas.chaos.aim import Training, holds_lease
from nas.chaos.crew import BrokenError, Driver
from nas.chaos.database import cut_connections, is_file, lock_file
from nas.chaos.ledger import in_work
from nas.chaos.scene import Injection, Scene, comes_true, wait_until
from nas.errors import SearchBusyError, StorageError
from nas.storage.open import open_storage
from nas.storage.owner import current_owner
from nas.storage.records import SearchState
from nas.storage.waiting import Waiting
from workers import points

BUSY = SearchBusyError.exit_code
TERMINATED = 128 + signal.SIGTERM
PATIENCE_SECONDS = 8.0
"""For a second driver: the first may stand still in a transaction, which the database then waits for."""
LOCK_SECONDS = (0.5, 2.0, 6.5)
"""The last one is longer than SQLite waits by itself."""
POINTED = "driver killed at a named point"
POINTS = tuple(
    point
    for point in points.POINTS
    if point.split(".")[0] not in ("create", "extend", "add", "answer", "upgrade", "backup")
)
"""Those of `workers.points` that every driver may come to, whatever it is asked."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault. `inject` returns what was done, None where there was nothing to hit after all, or not yet."""

    name: str
    weight: int
    """How many of a hand of faults are of this kind."""
    inject: Callable[[Scene], Injection | None]


def deal(dice: random.Random) -> Iterator[Fault]:
    """Yields faults without end: first one of each kind, then hand after hand by weight, each shuffled."""
    hand = list(FAULTS)
    while True:
        dice.shuffle(hand)
        yield from hand
        hand = [fault for fault in FAULTS for _ in range(fault.weight)]


# Workers


def _signal_worker(name: str, number: signal.Signals) -> Callable[[Scene], Injection | None]:
    def inject(scene: Scene) -> Injection | None:
        found = _freeze(scene)
        if found is None:
            return None
        training, worker = found
        with suppress(psutil.NoSuchProcess):  # its driver may just have killed itself
            worker.send_signal(number)
            if number != signal.SIGSTOP:
                worker.resume()
        wait_until(lambda: _is_gone(worker), lambda: f"worker {training.worker} to end after {number.name}")
        return Injection(name, scene.event, training)

    return inject


def _freeze(scene: Scene) -> tuple[Training, psutil.Process] | None:
    """Stops a worker in the midst of a training, so that what is done to it next hits that; None without one."""
    while scene.take_aim():
        training = scene.choose_training()
        if training is None:
            return None
        with suppress(psutil.NoSuchProcess):
            worker = psutil.Process(training.pid)
            worker.suspend()
            wait_until(lambda: _is_stopped(worker), lambda: f"worker {training.worker} to stop")  # noqa: B023
            if training.token in in_work(scene.drive.ledger):
                return training, worker
            worker.resume()
    return None


def _is_stopped(process: psutil.Process) -> bool:
    return process.status() == psutil.STATUS_STOPPED or _is_gone(process)


def _is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


# Drivers


def _kill_driver(scene: Scene) -> Injection | None:
    if scene.driver.exit_code() is not None:
        return None
    scene.driver.send(signal.SIGKILL, -signal.SIGKILL)
    scene.driver.wait()
    return Injection(KILLED, scene.event, ends_driver=True)


def _ask_driver_to_end(scene: Scene) -> Injection | None:
    scene.driver.send(signal.SIGTERM, TERMINATED)
    code = scene.driver.wait()
    if code is None:
        raise BrokenError(_unexpected(scene.driver, "a driver to end after SIGTERM"))
    if code != TERMINATED:  # it had come to its end, or to the point where it kills itself
        return None
    return Injection(ASKED, scene.event, ends_driver=True)


def _overtake_driver(scene: Scene) -> Injection | None:
    asleep = scene.driver
    if not _falls_asleep(scene):
        return None
    awake = scene.crew.start(scene.drive)
    comes_true(lambda: holds_lease(scene.now(), awake) or awake.exit_code() is not None, PATIENCE_SECONDS)
    asleep.send(signal.SIGCONT)
    wait_until(
        lambda: asleep.exit_code() is not None or awake.exit_code() == BUSY,
        lambda: f"one of two drivers to exit with {BUSY}",
    )
    if awake.exit_code() == BUSY:
        return None
    if asleep.exit_code() != BUSY and not asleep.has_killed_itself():
        raise BrokenError(_unexpected(asleep, f"exit code {BUSY} of a driver that was overtaken"))
    scene.driver = awake
    return Injection(OVERTAKEN, scene.event, ends_driver=True)


def _fence_driver(scene: Scene) -> Injection | None:
    """Takes the lease itself, so that nobody else writes when the driver wakes up: then nothing may change at all."""
    asleep = scene.driver
    if not _falls_asleep(scene):
        return None
    with open_storage(scene.drive.url, waiting=Waiting(PATIENCE_SECONDS)) as storage:
        try:
            lease = storage.acquire(scene.now().search_id, current_owner(), seconds=600)
        except StorageError:  # the driver stands still in a transaction
            asleep.send(signal.SIGCONT)
            return None
        before = _picture(scene)
        asleep.send(signal.SIGCONT, BUSY)
        code = asleep.wait()
        after = _picture(scene)
        storage.release(lease, SearchState.PAUSED)
    if asleep.has_killed_itself():
        return None
    if code != BUSY:
        raise BrokenError(_unexpected(asleep, f"exit code {BUSY} of a driver that has lost its lease"))
    if before != after:
        raise BrokenError(f"search {scene.drive.name!r}: a driver wrote to it after it had lost its lease")
    return Injection(FENCED, scene.event, ends_driver=True)


def _falls_asleep(scene: Scene) -> bool:
    """Stops the driver until its lease has run out; returns False where it had just given it back."""
    scene.driver.send(signal.SIGSTOP)
    ages: list[float | None] = []

    def is_over() -> bool:
        ages.append(scene.now().lease_age_seconds)
        return ages[-1] is None or ages[-1] > scene.drive.lease_seconds

    wait_until(is_over, lambda: "the lease of a driver that stands still to run out")
    if ages[-1] is None:
        scene.driver.send(signal.SIGCONT)
    return ages[-1] is not None


def _picture(scene: Scene) -> object:
    record = scene.now()
    trials = scene.storage.trials(record.search_id)
    attempts = [scene.storage.attempts(record.search_id, trial.number) for trial in trials]
    return record, trials, attempts, scene.storage.updates(record.search_id)


def _unexpected(driver: Driver, expected: str) -> str:
    return f"expected {expected}, got {driver.exit_code()}: {driver.last_words()}"


# The database


def _disturb_database(scene: Scene) -> Injection | None:
    url = scene.drive.url
    if is_file(url):
        lock_file(url, scene.dice.choice(LOCK_SECONDS))
        return Injection(LOCKED, scene.event, ends_process=False)
    if not cut_connections(url, scene.driver.pid):
        return None
    return Injection(CUT, scene.event, ends_process=False)


KILLED, ASKED = "driver killed (SIGKILL)", "driver asked to end (SIGTERM)"
OVERTAKEN, FENCED = "driver stopped, another took over", "driver stopped, woken without its lease"
CUT, LOCKED = "database connections cut", "database locked"
LATE = frozenset({OVERTAKEN, FENCED})
"""After these a driver comes too late, and is refused."""
WORKER_KILLED, WORKER_ASKED = "worker killed (SIGKILL)", "worker asked to end (SIGTERM)"
WORKER_STOPPED = "worker stopped (SIGSTOP)"


def _point_next_driver(scene: Scene) -> None:
    scene.points_due += 1


FAULTS = (
    Fault(WORKER_KILLED, 8, _signal_worker(WORKER_KILLED, signal.SIGKILL)),
    Fault(WORKER_ASKED, 2, _signal_worker(WORKER_ASKED, signal.SIGTERM)),
    Fault(WORKER_STOPPED, 1, _signal_worker(WORKER_STOPPED, signal.SIGSTOP)),
    Fault(KILLED, 5, _kill_driver),
    Fault(ASKED, 2, _ask_driver_to_end),
    Fault(POINTED, 5, _point_next_driver),
    Fault(OVERTAKEN, 1, _overtake_driver),
    Fault(FENCED, 1, _fence_driver),
    Fault("database", 2, _disturb_database),
)
