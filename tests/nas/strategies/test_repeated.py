"""Each architecture several times: in a row, told once, with the mean and its variance."""

from dataclasses import replace

import pytest

from nas.strategies.repeated import Repeated
from nas.trial import Proposal, Trial, TrialState
from search_spaces.spaces.toy import ToySpace
from tests.nas.strategies.listener import Listener
from workers.job import FailureKind

SPACE = ToySpace()


def proposed(number: int, repeat: int = 0, proposal: Proposal | None = None) -> Trial:
    """Returns a running trial."""
    proposal = proposal or Proposal(next(SPACE.enumerate()))
    return Trial(
        trial_id=100 + number,
        search_id=1,
        number=number,
        architecture=proposal.architecture,
        canonical_key=str(proposal.architecture),
        seed=number,
        state=TrialState.RUNNING,
        asked_event=1,
        log_probability=proposal.log_probability,
        policy_version=proposal.policy_version,
        repeat=repeat,
        decision_log_probabilities=proposal.decision_log_probabilities,
        parent=proposal.parent,
    )


def completed(trial: Trial, *values: float) -> Trial:
    objectives = values if len(values) > 1 else ()
    return replace(trial, state=TrialState.COMPLETED, reward=values[0], objectives=objectives)


def failed(trial: Trial, kind: FailureKind) -> Trial:
    return replace(trial, state=TrialState.FAILED, failure=kind)


def started(strategy: Repeated, count: int) -> list[Trial]:
    return [proposed(number, one.repeat, one) for number, one in enumerate(strategy.ask(count))]


def test_the_repeats_come_one_after_the_other_alike_in_all_else() -> None:
    asked = Repeated(Listener(), 3).ask(7)
    apart = Repeated(Listener(), 3)
    assert [apart.ask(1)[0] for _ in range(7)] == asked
    assert [one.repeat for one in asked] == [0, 1, 2, 0, 1, 2, 0]
    once = Listener().ask(3)
    assert [replace(one, repeat=0) for one in asked] == [*[once[0]] * 3, *[once[1]] * 3, once[2]]


def test_told_once_with_the_mean_and_its_variance_when_all_are_there() -> None:
    inside = Listener()
    strategy = Repeated(inside, 3)
    trials = started(strategy, 6)
    first = strategy.tell(
        [completed(trials[1], 0.5), completed(trials[5], 0.1)], [trials[i] for i in (0, 2, 3, 4)]
    )
    assert first.baselines == (None, None)
    assert inside.told == []
    assert [trial.number for trial in inside.running] == [0, 3]
    second = strategy.tell([completed(trials[2], 0.6), completed(trials[0], 0.7)], [trials[3], trials[4]])
    assert second.baselines == (None, 0.0)
    (told,) = inside.told
    assert (told.number, told.trial_id, told.repeat, told.seed) == (0, 100, 0, 0)
    assert (told.log_probability, told.policy_version) == (0.0, 0)
    assert {(one.decision_log_probabilities, one.parent) for one in trials[:3]} == {((-0.5, 0.5), 7)}
    assert told.reward == pytest.approx(0.6)
    assert told.reward_variance == pytest.approx(0.01 / 3)  # sample variance 0.01 of 0.5, 0.6, 0.7
    assert [trial.number for trial in inside.running] == [3]


def test_an_architecture_between_two_of_its_trainings_is_still_running() -> None:
    inside = Listener()
    strategy = Repeated(inside, 2)
    trials = started(strategy, 1)
    strategy.tell([completed(trials[0], 0.5)], [])
    (running,) = inside.running
    assert (running.number, running.state, running.values) == (0, TrialState.RUNNING, ())
    assert strategy.ask(1)[0].repeat == 1


def test_every_objective_is_averaged() -> None:
    inside = Listener()
    strategy = Repeated(inside, 2)
    one, two = started(strategy, 2)
    strategy.tell([completed(two, 0.5, -8.0), completed(one, 0.7, -4.0)], [])
    assert inside.told[0].values == pytest.approx((0.6, -6.0))
    assert inside.told[0].reward == pytest.approx(0.6)


def test_what_was_measured_is_averaged_and_the_time_added_up() -> None:
    inside = Listener()
    strategy = Repeated(inside, 3)
    measured = [(0.5, 1.5, 4.0), (0.9, 0.5, 1.0), (0.7, 1.0, 1.0)]
    trials = [
        replace(
            completed(one, accuracy), validation_accuracy=accuracy, validation_loss=loss, latency_ms=latency
        )
        for one, (accuracy, loss, latency) in zip(started(strategy, 3), measured, strict=True)
    ]
    strategy.tell([replace(trial, train_seconds=2.0) for trial in trials], [])
    (told,) = inside.told
    means = (told.validation_accuracy, told.validation_loss, told.latency_ms)
    assert means == pytest.approx((0.7, 1.0, 2.0))
    assert told.train_seconds == 6.0


@pytest.mark.parametrize(
    ("outcomes", "reward", "variance", "failure"),
    [
        ([FailureKind.ERROR, 0.5, 0.7], 0.6, 0.01, None),
        ([0.5, FailureKind.WORKER_LOST, FailureKind.ERROR], 0.5, None, None),
        (
            [FailureKind.CANCELLED, FailureKind.DIVERGED, FailureKind.CANCELLED],
            None,
            None,
            FailureKind.DIVERGED,
        ),
        ([FailureKind.WORKER_LOST] * 3, None, None, FailureKind.WORKER_LOST),
    ],
)
def test_failed_trainings_count_only_where_no_other_succeeded(
    outcomes: list[float | FailureKind],
    reward: float | None,
    variance: float | None,
    failure: FailureKind | None,
) -> None:
    inside = Listener()
    strategy = Repeated(inside, 3)
    pairs = zip(started(strategy, 3), outcomes, strict=True)
    ended = [failed(one, out) if isinstance(out, FailureKind) else completed(one, out) for one, out in pairs]
    strategy.tell(ended, [])
    (told,) = inside.told
    assert told.number == 0
    assert told.reward == (None if reward is None else pytest.approx(reward))
    assert told.reward_variance == (None if variance is None else pytest.approx(variance))
    assert told.failure is failure
    assert told.state is (TrialState.COMPLETED if failure is None else TrialState.FAILED)


def test_a_restore_finds_the_place_in_the_middle_of_a_group() -> None:
    live, inside = Repeated(Listener(), 3), Listener()
    trials = started(live, 5)
    told = [replace(completed(one, 0.5 + one.number / 10), told_event=2) for one in trials[:4]]
    live.tell(told, trials[4:])
    restored = Repeated(inside, 3)
    restored.restore(b"", [*told, trials[4]])
    assert [trial.number for trial in inside.history] == [0, 3]
    whole, part = inside.history
    assert (whole.reward, whole.told_event) == (pytest.approx(0.6), 2)
    assert (part.reward, part.told_event, part.state) == (None, None, TrialState.RUNNING)
    assert restored.ask(3) == live.ask(3)
    last = [proposed(5, 2, Proposal(trials[3].architecture))]
    for each in (live, restored):
        each.tell([completed(trials[4], 0.1)], last)
        assert each.tell([completed(last[0], 0.3)], []).baselines == (0.0,)
    assert inside.told[0].reward == pytest.approx((0.8 + 0.1 + 0.3) / 3)


@pytest.mark.parametrize("asked", [1, 2, 3, 4])
def test_a_network_over_the_limit_is_not_tried_again(asked: int) -> None:
    inside = Listener()
    strategy = Repeated(inside, 3)
    trials = started(strategy, asked)
    over = [replace(failed(one, FailureKind.OVER_LIMIT), told_event=2) for one in trials[:3]]
    feedback = strategy.tell(over, trials[3:])
    assert [trial.number for trial in inside.told] == [0]
    assert inside.told[0].failure is FailureKind.OVER_LIMIT
    assert feedback.baselines == (*[None] * (len(over) - 1), 0.0)
    assert [trial.number for trial in inside.running] == [trial.number for trial in trials[3:]]
    restored = Repeated(told := Listener(), 3)
    restored.restore(b"", [*over, *trials[3:]])
    assert [trial.failure for trial in told.history[:1]] == [FailureKind.OVER_LIMIT]
    following = strategy.ask(3)
    assert [one.repeat for one in following] == ([1, 2, 0] if trials[3:] else [0, 1, 2])
    assert restored.ask(3) == following


def test_trainings_in_work_are_waited_for_where_another_was_over_the_limit() -> None:
    live, inside = Repeated(listener := Listener(), 3), Listener()
    one, two = started(live, 2)
    over = replace(failed(one, FailureKind.OVER_LIMIT), told_event=2)
    live.tell([over], [two])
    assert listener.told == []
    restored = Repeated(inside, 3)
    restored.restore(b"", [over, two])
    assert live.ask(1)[0].repeat == restored.ask(1)[0].repeat == 0
    for each in (live, restored):
        each.tell([completed(two, 0.5)], [])
    assert [[trial.reward for trial in each.told] for each in (listener, inside)] == [[0.5], [0.5]]
