"""The wait for outcomes: how it is cut short, and what it leaves alone."""

import threading

import pytest

from nas.errors import StorageError
from nas.search.wait import Wait
from nas.storage.records import CommandKind, SearchState
from search_spaces.architecture import Architecture
from tests.nas.search.conftest import Harness
from workers.job import EpochMetrics, EpochReport, FailureKind, Job, Outcome, Recipe
from workers.local_pool import LocalPool
from workers.pool import Beat, Report, ignore
from workers.simulated_pool import SimulatedPool

GUARD_SECONDS = 60


def metrics(epoch: int) -> EpochMetrics:
    return EpochMetrics(epoch, 1.0, 1.0, 0.5, 1.0)


def job() -> Job:
    return Job(1, Architecture("toy", (0,)), Recipe(), seed=0, token="t")


def wait_on_local(evaluate, hear=lambda _: None, grace: float = 0.0) -> Wait:
    pool = LocalPool(None, None, evaluate)  # type: ignore[arg-type]
    pool.submit(job())
    return Wait(pool, grace, hear, lambda _: None)


def test_a_stop_interrupts_a_training_in_this_process() -> None:
    def evaluate(job, space, data, device, report: Report = ignore) -> Outcome:
        wait.stop()
        raise AssertionError("trained on")

    wait = wait_on_local(evaluate)
    assert list(wait.outcomes(1)) == []
    assert wait.is_stopping
    assert wait.is_over


def test_a_child_that_takes_the_interruption_for_its_own_fault_is_not_blamed() -> None:
    def evaluate(job, space, data, device, report: Report = ignore) -> Outcome:
        try:
            wait.stop()
        except KeyboardInterrupt:
            return Outcome(job.job_id, failure=FailureKind.ERROR)
        raise AssertionError("not interrupted")

    wait = wait_on_local(evaluate)
    assert list(wait.outcomes(1)) == []


def test_with_grace_a_training_in_this_process_may_finish() -> None:
    def evaluate(job, space, data, device, report: Report = ignore) -> Outcome:
        wait.stop()
        report(EpochReport(metrics(1)))
        return Outcome(job.job_id, 0.5)

    wait = wait_on_local(evaluate, grace=3600)
    (outcome,) = wait.outcomes(1)
    assert outcome.validation_accuracy == 0.5
    assert wait.is_stopping
    assert not wait.is_over


def test_a_stop_within_a_report_waits_until_the_report_is_written() -> None:
    written = []

    def hear(beat: Beat) -> None:
        wait.stop()  # as from a signal's handler
        written.append(beat)

    def evaluate(job, space, data, device, report: Report = ignore) -> Outcome:
        report(EpochReport(metrics(1)))
        raise AssertionError("trained on")

    wait = wait_on_local(evaluate, hear)
    assert list(wait.outcomes(1)) == []
    assert len(written) == 1


def test_an_error_within_a_report_is_the_drivers_and_not_the_childs() -> None:
    def hear(beat: Beat) -> None:
        raise StorageError("the database is gone")

    def evaluate(job, space, data, device, report: Report = ignore) -> Outcome:
        try:
            report(EpochReport(metrics(1)))
        except Exception:  # noqa: BLE001 - as a worker takes any fault of a child
            return Outcome(job.job_id, failure=FailureKind.ERROR)
        raise AssertionError("trained on")

    with pytest.raises(StorageError, match="gone"):
        wait_on_local(evaluate, hear).outcomes(1)


def test_ctrl_c_that_nobody_asked_the_search_about_passes_through() -> None:
    def evaluate(job, space, data, device, report: Report = ignore) -> Outcome:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wait_on_local(evaluate).outcomes(1)


def test_a_stop_asked_of_the_database_pauses_the_search(harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nas.search.commands.LOOK_SECONDS", 0.0)
    search = harness(trials=20).create()

    def ask(event) -> None:
        if event.kind == "finished" and event.trial.number == 4:
            search.storage.add_command(1, CommandKind.STOP, "me@here")

    assert search.run(watch=ask) == "paused"
    assert search.storage.search("s").completed == 5
    assert [event.note for event in search.events if event.kind == "noted"] == [
        "me@here asks the search to stop: stopping"
    ]
    assert search.run() == "completed"  # it is not stopped again


def test_children_in_training_may_finish_within_the_grace_and_none_is_started(harness, monkeypatch) -> None:
    search = harness(trials=20, slots=3).create()
    search.grace = 3600.0
    assert search.run(stop_after=4) == "paused"
    trials = search.trial_list()
    assert {t.state.value for t in trials} == {"completed"}
    assert 4 < len(trials) < 10


class Slow(SimulatedPool):
    """Finds children that have finished only when it is asked without waiting."""

    def wait(self, timeout_seconds=None):
        return super().wait(None if timeout_seconds == 0 else timeout_seconds)


def test_what_has_finished_when_the_search_is_stopped_is_not_trained_again(harness, monkeypatch) -> None:
    at_once = harness(trials=20, slots=3).create()
    assert at_once.run(stop_after=4) is SearchState.PAUSED
    monkeypatch.setattr("tests.nas.search.conftest.SimulatedPool", Slow)
    search = harness(trials=20, slots=3).create()
    assert search.run(stop_after=4) is SearchState.PAUSED
    assert search.storage.search("s").completed > at_once.storage.search("s").completed >= 4
    assert search.given_up < at_once.given_up


def test_without_grace_they_are_put_back_and_counted(harness) -> None:
    search = harness(trials=20, slots=3).create()
    assert search.run(stop_after=4) == "paused"
    waiting = [t for t in search.trial_list() if t.state.value == "waiting"]
    assert waiting
    assert search.given_up == len([t for t in waiting if t.attempts]) > 0
    assert all(t.infrastructure_failures == t.own_failures == 0 for t in waiting)
    assert search.run() == "completed"


def test_the_lease_is_renewed_while_the_strategy_thinks(harness) -> None:
    search = harness(trials=3).create()
    renewed = threading.Event()
    inner = search.storage.renew

    def renew(lease, *, seconds: float) -> None:
        inner(lease, seconds=seconds)
        renewed.set()

    class Thinking:
        def __init__(self, strategy) -> None:
            self._strategy = strategy

        def __getattr__(self, name):
            return getattr(self._strategy, name)

        def ask(self, count):
            assert renewed.wait(GUARD_SECONDS), "the lease was not renewed"
            return self._strategy.ask(count)

    search.storage.renew = renew
    search.lease_seconds = 0.03
    fresh = search.strategy
    search.strategy = lambda: Thinking(fresh())
    assert search.run() == "completed"


def test_the_pool_tells_of_itself_what_it_waits_for() -> None:
    said: list[str] = []
    pool = SimulatedPool(Harness().space, lambda _: (0.5, 1.0))
    Wait(pool, 0.0, lambda _: None, said.append)
    pool._on_wait("waiting for a worker to start")
    assert said == ["waiting for a worker to start"]
