"""What a strategy hears of failures."""

from dataclasses import replace
from math import inf

from nas.strategies.graded import Graded
from nas.trial import Trial
from tests.nas.strategies.listener import Listener
from tests.nas.strategies.test_repeated import completed, failed, proposed
from workers.job import FailureKind


def test_a_childs_own_failure_is_worse_than_any_result() -> None:
    for objectives, values in ((1, (-inf,)), (3, (-inf, -inf, -inf))):
        inside = Listener()
        bad = failed(proposed(1), FailureKind.DIVERGED)
        feedback = Graded(inside, objectives=objectives).tell([completed(proposed(0), 0.5), bad], [])
        good, graded = inside.told
        assert (good.values, good.failure) == ((0.5,), None)
        assert (graded.values, graded.reward, graded.failure) == (values, -inf, FailureKind.DIVERGED)
        assert feedback.baselines == (0.0, 1.0)


def test_a_failure_of_the_machinery_is_not_heard_of() -> None:
    inside = Listener()
    trials = [
        failed(proposed(0), FailureKind.WORKER_LOST),
        completed(proposed(1), 0.5),
        failed(proposed(2), FailureKind.CANCELLED),
        failed(proposed(3), FailureKind.OUT_OF_MEMORY),
    ]
    feedback = Graded(inside).tell(trials, [proposed(4)])
    assert [trial.number for trial in inside.told] == [1, 3]
    assert inside.running == [proposed(4)]
    assert feedback.baselines == (None, 0.0, None, 1.0)


def test_a_restore_hears_the_same_as_the_tells() -> None:
    inside, again = Listener(), Listener()
    trials: list[Trial] = [
        replace(trial, told_event=2)
        for trial in (
            failed(proposed(0), FailureKind.WORKER_LOST),
            completed(proposed(1), 0.5),
            failed(proposed(2), FailureKind.ERROR),
        )
    ]
    Graded(inside).tell(trials, [proposed(3)])
    Graded(again).restore(b"", [*trials, proposed(3)])
    assert again.history == [*inside.told, proposed(3)]
