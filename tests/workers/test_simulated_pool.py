"""The simulated clock: outcomes in the order and at the moments that workers of these speeds would give."""

import pytest

from search_spaces.errors import SpaceError
from tests.workers.tiny import TinySpace, tiny_job
from workers.job import FailureKind
from workers.simulated_pool import SimulatedPool

SECONDS = {(0, 0): 10.0, (0, 1): 4.0, (1, 0): 6.0, (1, 1): 6.0}


def measure(job):
    return sum(job.architecture.tokens) / 2, SECONDS[job.architecture.tokens]


def started(*tokens, failures=None):
    pool = SimulatedPool(TinySpace(), measure, slots=max(1, len(tokens)), failures=failures)
    for job_id, chosen in enumerate(tokens):
        pool.submit(tiny_job(job_id, tokens=chosen))
    return pool


def test_outcomes_come_in_the_order_of_their_ends():
    pool = started((0, 0), (0, 1), (1, 0))
    order = []
    while pool.running:
        order += [(outcome.job_id, pool.now()) for outcome in pool.wait()]
    assert order == [(1, 4.0), (2, 6.0), (0, 10.0)]


def test_what_ends_together_comes_together():
    pool = started((1, 1), (0, 0), (1, 0))
    assert [outcome.job_id for outcome in pool.wait()] == [0, 2]
    assert pool.now() == 6.0


def test_a_job_submitted_later_starts_later():
    pool = started((0, 1), (0, 0))
    pool.wait()
    pool.submit(tiny_job(9, tokens=(0, 1)))
    assert [outcome.job_id for outcome in pool.wait()] == [9]
    assert pool.now() == 8.0


def test_a_time_out_moves_the_clock_and_nothing_else():
    pool = started((0, 1))
    assert pool.wait(1.5) == ()
    assert pool.now() == 1.5
    assert pool.running == {0}
    assert [outcome.job_id for outcome in pool.wait(2.5)] == [0]
    assert pool.now() == 4.0


def test_accuracy_and_seconds_are_those_of_the_table():
    (outcome,) = started((1, 0)).wait()
    assert (outcome.validation_accuracy, outcome.train_seconds) == (0.5, 6.0)


@pytest.mark.parametrize("kind", list(FailureKind))
def test_a_scripted_failure_strikes_each_time(kind):
    pool = started((0, 1), failures={0: kind})
    for attempt in (1, 2):
        (outcome,) = pool.wait()
        assert outcome.failure is kind
        assert pool.now() == 4.0 * attempt
        pool.submit(tiny_job(0, tokens=(0, 1)))


def test_an_architecture_of_another_space_is_refused():
    with pytest.raises(SpaceError, match="expected 2 tokens, got 3"):
        started((0, 1, 1))


def test_a_hundred_thousand_seconds_take_none():
    pool = SimulatedPool(TinySpace(), lambda _: (0.5, 100.0), slots=4)
    for job_id in range(1000):
        while len(pool.running) == pool.slots:
            pool.wait()
        pool.submit(tiny_job(job_id))
    while pool.running:
        pool.wait()
    assert pool.now() == pytest.approx(25_000)


def test_an_architecture_that_always_fails():
    def diverges(job):
        return (FailureKind.DIVERGED if job.architecture.tokens == (0, 0) else 0.5), 3.0

    pool = SimulatedPool(TinySpace(), diverges, slots=2)
    pool.submit(tiny_job(0, tokens=(0, 0)))
    pool.submit(tiny_job(1, tokens=(0, 1)))
    failed, trained = pool.wait()
    assert (failed.failure, failed.train_seconds) == (FailureKind.DIVERGED, 3.0)
    assert (trained.failure, trained.validation_accuracy) == (None, 0.5)


def test_trainings_of_one_architecture_may_differ_by_their_seeds():
    pool = SimulatedPool(TinySpace(), lambda job: (job.seed / 10, 1.0 + job.seed), slots=2)
    pool.submit(tiny_job(0, tokens=(0, 0), seed=2))
    pool.submit(tiny_job(1, tokens=(0, 0), seed=1))
    assert [pool.wait()[0].validation_accuracy, pool.wait()[0].validation_accuracy] == [0.1, 0.2]
    assert pool.now() == 3.0


def test_scripted_failures_of_several_attempts_strike_in_turn_and_then_no_more():
    pool = started((0, 1), failures={0: [FailureKind.WORKER_LOST, FailureKind.OUT_OF_MEMORY]})
    seen = []
    for _ in range(4):
        (outcome,) = pool.wait()
        seen.append((outcome.failure, outcome.validation_accuracy))
        pool.submit(tiny_job(0, tokens=(0, 1)))
    assert seen == [
        (FailureKind.WORKER_LOST, None),
        (FailureKind.OUT_OF_MEMORY, None),
        (None, 0.5),
        (None, 0.5),
    ]


def test_a_training_that_takes_too_long_ends_when_its_time_is_over():
    pool = SimulatedPool(TinySpace(), measure, slots=2, trial_seconds=5.0)
    pool.submit(tiny_job(0, tokens=(0, 0)))
    pool.submit(tiny_job(1, tokens=(0, 1)))
    assert [(outcome.job_id, outcome.failure) for outcome in pool.wait()] == [(1, None)]
    (late,) = pool.wait()
    assert (late.failure, late.train_seconds, pool.now()) == (FailureKind.TIMEOUT, 5.0, 5.0)
