"""Records that cross processes: small, exact, and never half a result."""

import math
import pickle

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
        FailureKind.CANCELLED,
    }
