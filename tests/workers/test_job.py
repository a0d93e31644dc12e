"""Records that cross processes: small, exact, and never half a result."""

import math
import pickle
from dataclasses import replace

import pytest

from tests.workers.tiny import tiny_job
from workers.job import EpochMetrics, FailureKind, Job, Outcome


@pytest.mark.parametrize(
    "arguments",
    [{}, {"validation_accuracy": math.nan}, {"validation_accuracy": 0.5, "failure": FailureKind.ERROR}],
)
def test_an_outcome_is_a_result_or_a_failure(arguments):
    with pytest.raises(ValueError, match="outcome of job 4: expected either a finite accuracy or a failure"):
        Outcome(4, **arguments)


POINT = EpochMetrics(2, 1.0, 0.9, 0.5, 3.0)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("validation_loss", lambda number: {"validation_loss": number}),
        ("parameters", lambda number: {"parameters": number}),
        ("multiply_adds", lambda number: {"multiply_adds": number}),
        ("train_seconds", lambda number: {"train_seconds": number}),
        ("latency_ms", lambda number: {"latency_ms": number}),
        *(
            (f"{name} of epoch 2", lambda number, name=name: {"curve": (replace(POINT, **{name: number}),)})
            for name in ("train_loss", "validation_loss", "validation_accuracy", "seconds")
        ),
    ],
)
def test_a_result_holds_no_number_that_is_none(name, change, number):
    with pytest.raises(
        ValueError, match=f"outcome of job 4: expected a finite {name}, got {number}; report a failure"
    ):
        Outcome(4, 0.5, **change(number))
    assert Outcome(4, failure=FailureKind.DIVERGED, **change(number)).validation_accuracy is None


def test_a_result_need_not_have_every_number():
    assert Outcome(4, 0.5, curve=(EpochMetrics(1, 1.0, None, None, 3.0),)).validation_loss is None
    assert Outcome(4, 0, parameters=10**400).validation_accuracy == 0


def test_records_survive_pickling_and_stay_small():
    curve = tuple(EpochMetrics(epoch, 1.0, 0.9, 0.5, 3.0) for epoch in range(1, 9))
    outcome = Outcome(3, 0.5, 0.9, 1000, 20000, 24.0, curve, worker="host:1:cpu")
    job = tiny_job(3)
    assert pickle.loads(pickle.dumps(outcome)) == outcome  # noqa: S301 - written one line above
    assert pickle.loads(pickle.dumps(job)) == job  # noqa: S301 - written one line above
    assert len(pickle.dumps(job)) < 600
    assert isinstance(job, Job)


def test_only_the_machinery_is_worth_another_try():
    assert {kind for kind in FailureKind if kind.is_infrastructure} == {
        FailureKind.WORKER_LOST,
        FailureKind.NODE_LOST,
        FailureKind.PREEMPTED,
        FailureKind.CANCELLED,
    }
