"""What every pool promises, tested on each of them."""

import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest

from tests.workers import misdeeds, tiny
from tests.workers.misdeeds import evaluate
from tests.workers.processes import wait_until
from tests.workers.tiny import TinySpace, tiny_data, tiny_job
from workers.errors import PoolError
from workers.evaluate import evaluate_child
from workers.job import FailureKind, Job, Outcome
from workers.local_pool import LocalPool
from workers.noop import evaluate_nothing
from workers.pool import Patience, Pool
from workers.process import is_alive
from workers.process_pool import ProcessPool
from workers.ray_pool import RayPool
from workers.simulated_pool import SimulatedPool

SPACE, DATA = TinySpace(), tiny_data()
FAILING, FAILURE = 13, FailureKind.DIVERGED


def failing_job() -> Job:
    """Fails on every pool: by its token where something is evaluated, by its id where nothing is."""
    return replace(tiny_job(FAILING), token=f"fail {FAILURE}")


def local() -> Pool:
    return LocalPool(SPACE, DATA, evaluate)


def simulated() -> Pool:
    def measure(job):
        return 0.5, 0.01 + 0.01 * job.architecture.tokens[0]

    return SimulatedPool(SPACE, measure, slots=2, failures={FAILING: FAILURE})


def in_processes() -> Pool:
    return ProcessPool(SPACE, DATA, evaluate, workers=2)


def on_ray(address: str) -> Pool:
    return RayPool(SPACE, DATA, evaluate, workers=2, address=address, plugin_modules=(tiny, misdeeds))


@pytest.fixture(scope="module")
def kept() -> Iterator[dict[str, Pool]]:
    """Pools of processes for all tests that leave them as they were: starting one costs more than most of them."""
    pools: dict[str, Pool] = {}
    yield pools
    for pool in pools.values():
        pool.close()


@pytest.fixture(
    params=[
        pytest.param(local, id="local"),
        pytest.param(simulated, id="simulated"),
        pytest.param(in_processes, id="process"),
        pytest.param(on_ray, id="ray", marks=pytest.mark.slow),
    ]
)
def pool(request):
    make: Callable[..., Pool] = request.param
    address = (request.getfixturevalue("ray_session"),) if make is on_ray else ()
    if make in (in_processes, on_ray):
        yield reused(request.getfixturevalue("kept"), partial(make, *address), make.__name__)
        return
    with make() as opened:
        yield opened


def reused(kept: dict[str, Pool], make: Callable[[], Pool], name: str) -> Pool:
    """Returns the pool of the test before, with nothing to do; another one where that test has closed it."""
    if name in kept:
        pool = kept.pop(name)
        while pool.running:
            pool.wait(60)
        with suppress(PoolError):
            pool.submit(tiny_job(0))
            finish(pool, 1)
            kept[name] = pool
    if name not in kept:
        kept[name] = make()
    return kept[name]


def finish(pool: Pool, count: int) -> list[Outcome]:
    outcomes: list[Outcome] = []
    while len(outcomes) < count:
        outcomes += pool.wait(60)
    return outcomes


def test_every_job_gives_one_outcome_with_its_id(pool):
    waiting, outcomes = [tiny_job(i, seed=i) for i in range(6)], []
    while waiting or pool.running:
        while waiting and len(pool.running) < pool.slots:
            pool.submit(waiting.pop())
        outcomes += pool.wait()
    assert sorted(outcome.job_id for outcome in outcomes) == list(range(6))
    assert all(outcome.failure is None and 0 <= outcome.validation_accuracy <= 1 for outcome in outcomes)


def test_a_failed_child_is_an_outcome_and_the_pool_works_on(pool):
    pool.submit(failing_job())
    (failed,) = finish(pool, 1)
    assert failed.failure is FAILURE
    assert failed.error_text
    pool.submit(tiny_job(1))
    (outcome,) = finish(pool, 1)
    assert outcome.failure is None


def test_an_outcome_carries_the_token_of_its_job(pool):
    for token in ("first", "second"):
        pool.submit(replace(tiny_job(1), token=token))
        (outcome,) = finish(pool, 1)
        assert (outcome.token, outcome.failure) == (token, None)


def test_running_is_what_was_submitted_and_not_given_back(pool):
    assert pool.running == frozenset()
    for job_id in range(pool.slots):
        pool.submit(tiny_job(job_id))
    assert pool.running == set(range(pool.slots))
    done = {outcome.job_id for outcome in pool.wait()}
    assert pool.running == set(range(pool.slots)) - done


def test_a_busy_pool_takes_no_more(pool):
    for job_id in range(pool.slots):
        pool.submit(tiny_job(job_id))
    with pytest.raises(PoolError, match=rf"job 99: all {pool.slots} slots are busy"):
        pool.submit(tiny_job(99))
    assert 99 not in pool.running


def test_no_job_twice_at_a_time(pool):
    pool.submit(tiny_job(1))
    with pytest.raises(PoolError, match="job 1 is running already"):
        pool.submit(tiny_job(1))
    finish(pool, 1)
    pool.submit(tiny_job(1))
    assert [outcome.job_id for outcome in finish(pool, 1)] == [1]


def test_waiting_for_nothing_returns_at_once(pool):
    """A pool that waited until its time was over would never come back."""
    assert list(pool.wait()) == []
    assert list(pool.wait(math.inf)) == []


def test_the_clock_does_not_run_backwards(pool):
    before = pool.now()
    pool.submit(tiny_job(1))
    finish(pool, 1)
    assert pool.now() > before


def test_closing_twice_is_allowed_and_submitting_then_is_not(pool):
    pool.submit(tiny_job(1))
    pool.close()
    pool.close()
    assert pool.running == frozenset()
    assert list(pool.wait(0.1)) == []
    with pytest.raises(PoolError, match="the pool is closed"):
        pool.submit(tiny_job(2))


def test_a_pool_may_be_resized_and_what_is_in_work_is_finished(pool):
    sizes = (1,) if isinstance(pool, LocalPool) else (1, 3, 2)
    for count in sizes:
        pool.resize(count)
        assert pool.slots == count
        for job_id in range(count):
            pool.submit(tiny_job(job_id))
        pool.resize(sizes[0])
        assert (pool.slots, len(pool.running)) == (sizes[0], count)
        with pytest.raises(PoolError, match=f"all {sizes[0]} slots are busy"):
            pool.submit(tiny_job(99))
        assert [outcome.failure for outcome in finish(pool, count)] == [None] * count


def test_a_pool_keeps_its_size_where_it_cannot_have_another(pool):
    before = pool.slots
    pool.resize(before)
    with pytest.raises(PoolError, match="expected at least 1, got 0; pause the search"):
        pool.resize(0)
    if isinstance(pool, LocalPool):
        with pytest.raises(PoolError, match="expected 1, as this search trains in its own process, got 2"):
            pool.resize(2)
    assert pool.slots == before
    pool.close()
    with pytest.raises(PoolError, match="the pool is closed"):
        pool.resize(1)


@pytest.fixture(params=[pytest.param("process"), pytest.param("ray", marks=pytest.mark.slow)])
def make(request) -> Callable[..., Pool]:
    """Returns what opens a pool of one's own, of those whose workers may be lost."""
    if request.param == "process":
        return lambda evaluate, **options: ProcessPool(SPACE, DATA, evaluate, **options)
    address = request.getfixturevalue("ray_session")
    return lambda evaluate, **options: RayPool(
        SPACE, DATA, evaluate, address=address, plugin_modules=(tiny, misdeeds), **options
    )


def run(pool: Pool, token: str, job_id: int = 1) -> Outcome:
    pool.submit(replace(tiny_job(job_id), token=token))
    (outcome,) = finish(pool, 1)
    return outcome


def kill(outcome: Outcome) -> None:
    """Kills the worker of an outcome, and waits until it has ended."""
    pid = int(outcome.worker.split(":")[1])
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid))


def test_a_worker_that_died_with_nothing_to_do_costs_no_job(make):
    with make(evaluate, workers=1) as pool:
        for job_id in range(3):
            before = run(pool, "", job_id)
            kill(before)
            after = run(pool, "", job_id)
            assert (after.failure, after.worker != before.worker) == (None, True)


def test_each_slot_that_is_added_is_a_worker_and_each_that_is_taken_away_ends_one(make, tmp_path):
    def start(job_id: int) -> int:
        """Returns the process of a worker whose job ends when it is told to."""
        place = tmp_path / str(job_id)
        pool.submit(replace(tiny_job(job_id), token=f"await_end {place}"))
        wait_until(lambda: list(pool.wait(0.1)) == [] and place.exists())
        return int(place.read_text())

    with make(evaluate, workers=1) as pool:
        workers = [start(1)]
        pool.resize(3)
        workers += [start(2), start(3)]
        assert len(set(workers)) == 3
        pool.resize(1)
        assert list(pool.wait(1.0)) == []
        assert all(map(is_alive, workers)), "a worker was ended in the middle of a job"
        for job_id in (1, 2, 3):
            (tmp_path / f"{job_id}.end").touch()
        assert [outcome.failure for outcome in finish(pool, 3)] == [None] * 3
        wait_until(lambda: list(pool.wait(0.1)) == [] and sum(map(is_alive, workers)) == 1)
        assert run(pool, "").failure is None


def test_one_place_in_which_no_worker_starts_leaves_the_others_at_work(make, tmp_path):
    """Whose own workers may be lost, and are started again."""
    failed = tmp_path / "failed"
    with make(misdeeds.OnePlace(str(failed)), workers=2) as pool:
        first = run(pool, "")
        wait_until(lambda: list(pool.wait(0.1)) == [] and failed.read_text().count("failed") >= 3)
        kill(first)
        assert run(pool, "").failure is None
        assert run(pool, "vanish 1").failure is FailureKind.WORKER_LOST
        assert run(pool, "").failure is None


def test_an_outcome_of_another_librarys_values_is_plain(make):
    with make(misdeeds.evaluate, workers=1) as pool:
        outcome = run(pool, "odd")
        assert (type(outcome.validation_accuracy), outcome.validation_accuracy) == (float, 0.5)
        unknown = run(pool, "unknown")
        assert unknown.failure is FailureKind.ERROR
        assert "error_text: expected text" in unknown.error_text


def test_a_listener_that_raises_loses_no_outcome(make):
    def listen(beat):
        raise ValueError("a fault of the listener")

    raised, done = 0, []
    with make(evaluate, workers=1, patience=Patience(beat=0.1)) as pool:
        run(pool, "")
        pool.listen(listen)
        pool.submit(replace(tiny_job(1), token="report_epochs 2"))
        time.sleep(2)  # until beats and the outcome are there together
        while not done:
            try:
                done = pool.wait(60)
            except ValueError:
                raised += 1
                assert raised < 200  # signs of life go on, and so would this
    assert raised
    assert [outcome.failure for outcome in done] == [None]


@pytest.mark.slow
def test_all_that_train_train_alike(ray_session):
    results, diverging = [], tiny_job(4, tokens=(1, 0), learning_rate=1e9, epochs=50)
    for pool in (
        LocalPool(SPACE, DATA, evaluate_child),
        ProcessPool(SPACE, DATA, evaluate_child, workers=1),
        RayPool(SPACE, DATA, evaluate_child, workers=1, address=ray_session, plugin_modules=(tiny,)),
    ):
        with pool:
            pool.submit(tiny_job(3))
            (outcome,) = finish(pool, 1)
            pool.submit(diverging)
            (failed,) = finish(pool, 1)
            results.append((outcome.validation_accuracy, outcome.validation_loss, failed.failure))
    assert results[0] == results[1] == results[2]
    assert results[0][2] is FailureKind.DIVERGED


def test_an_interrupt_passes_through_a_local_pool_and_keeps_the_job():
    calls = []

    def interrupted_once(job, space, data, device, report):
        calls.append(job.job_id)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return evaluate_nothing(job, space, data, device)

    pool = LocalPool(SPACE, DATA, interrupted_once)
    pool.submit(tiny_job(4))
    with pytest.raises(KeyboardInterrupt):
        pool.wait()
    assert pool.running == {4}
    assert [outcome.job_id for outcome in pool.wait()] == [4]


def test_only_the_local_pool_works_on_the_callers_thread():
    assert [kind.blocking for kind in (LocalPool, SimulatedPool, ProcessPool, RayPool)] == [True] + 3 * [
        False
    ]
