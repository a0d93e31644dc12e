"""What policy gradients make of results: what counts how much, what is proposed, and what every setting changes."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from statistics import NormalDist
from typing import Any

import pytest
import torch

from nas.rewards import normal_score
from nas.strategies.filter import ANYTHING, Filter
from nas.strategies.filter import Test as Condition
from nas.strategies.policy_gradient.settings import PolicyGradientSettings
from nas.strategies.policy_gradient.strategy import PolicyGradient
from nas.strategies.state import unpack
from nas.trial import PolicyUpdate
from search_spaces.architecture import Architecture
from search_spaces.spaces.toy import ToySpace
from tests.nas.strategies.driver import Driver, Measure
from workers.job import FailureKind

SPACE = ToySpace()
FAILED = float("-inf")


def accuracy(architecture: Architecture) -> float:
    return sum(architecture.tokens) / 8


def driver(measure: Measure = accuracy, seed: int = 0, **settings: Any) -> Driver:
    return Driver(PolicyGradient(SPACE, seed, PolicyGradientSettings(**settings)), SPACE, measure)


def scripted(*results: float | tuple[float, ...]) -> Measure:
    """The results in the order in which trials are told."""
    coming = iter(results)
    return lambda _: next(coming)


def run_with_late_results(seed: int = 0, **settings: Any) -> Driver:
    """Eight in work at once, told in twos and threes out of order, failures among them."""

    def measure(architecture: Architecture) -> float:
        number = sum(token << position for position, token in enumerate(architecture.tokens))
        return FAILED if number % 6 == 0 else accuracy(architecture)

    late = driver(measure, seed, **settings)
    late.ask(8)
    for turn in range(12):
        open_numbers = [trial.number for trial in late.trials if not trial.state.is_final]
        told = open_numbers[:: 3 + turn % 2][::-1]
        late.tell(told)
        late.ask(len(told))
    return late


# What is proposed


def test_proposals_carry_what_comes_back_with_the_result() -> None:
    live = driver(results_per_update=2)
    live.rounds(3, batch=2)
    assert [trial.policy_version for trial in live.trials] == [0, 0, 1, 1, 2, 2]
    assert [update.version for update in live.updates] == [1, 2, 3]
    for update in live.updates:
        assert update.old_log_probabilities == tuple(live.trials[n].log_probability for n in update.trials)
        # Told at once, the policy has not moved in between, and scoring again repeats the drawing.
        assert update.new_log_probabilities == pytest.approx(update.old_log_probabilities, abs=1e-5)
        assert update.importance_weights == pytest.approx((1.0, 1.0), abs=1e-5)
        assert update.staleness == (0, 0)


def test_every_decision_has_its_probability() -> None:
    live = driver(results_per_update=2, hidden=0)
    live.rounds(6, batch=2)
    policy = PolicyGradient(SPACE, 0)  # the table of no result: uniform
    for trial, uniform in zip(live.trials[:2], policy.ask(2), strict=True):
        options = [len(decision.options) for decision in SPACE.decisions]
        assert trial.decision_log_probabilities == pytest.approx([-math.log(count) for count in options])
        assert len(uniform.decision_log_probabilities) == len(options)
    for trial in live.trials:
        assert sum(trial.decision_log_probabilities) == pytest.approx(trial.log_probability, abs=1e-5)
        assert trial.parent is None


def test_what_is_rejected_is_drawn_again_and_told_to_nobody() -> None:
    """One by one or all at once, the same draws pass; the log-probability is that of the policy without the filter."""

    def filter_of() -> Filter:
        return Filter(Condition(lambda architecture: architecture.tokens[0] == 1, 1_000, "were not 1"))

    together = PolicyGradient(SPACE, 3).ask(20, filter_of())
    assert len(together) == 20
    assert {proposal.architecture.tokens[0] for proposal in together} == {1}
    unfiltered = {p.architecture: p.log_probability for p in PolicyGradient(SPACE, 3).ask(300)}
    for proposal in together:
        assert proposal.log_probability == pytest.approx(unfiltered[proposal.architecture], abs=1e-5)


def test_a_filter_that_gives_up_has_seen_as_many_as_it_wanted() -> None:
    seen: list[Architecture] = []

    def never(architecture: Architecture) -> bool:
        seen.append(architecture)
        return False

    nothing = Filter(Condition(never, 700, "were seen"))
    assert PolicyGradient(SPACE, 0).ask(1, nothing) == []
    assert len(seen) == 700
    assert PolicyGradient(SPACE, 0).ask(0, ANYTHING) == []


# When it learns


def test_updates_take_results_in_the_order_told_and_wait_for_enough() -> None:
    live = driver(results_per_update=3)
    live.ask(8)
    assert live.tell([5, 2]).updates == ()
    assert [update.trials for update in live.tell([7, 0]).updates] == [(5, 2, 7)]
    assert [update.trials for update in live.tell([1, 3, 4]).updates] == [(0, 1, 3)]


def test_staleness_is_the_updates_between_drawing_and_learning() -> None:
    live = driver(results_per_update=2)
    live.ask(5)
    live.tell([0, 1])
    live.ask(1)
    live.tell([2, 5, 3, 4])
    assert [update.staleness for update in live.updates] == [(0, 0), (1, 0), (2, 2)]


def test_several_steps_on_the_same_results_are_several_updates() -> None:
    live = driver(loss="ppo", results_per_update=4, steps_per_update=3)
    live.rounds(1, batch=4)
    first, second, third = live.updates
    assert [update.version for update in live.updates] == [1, 2, 3]
    assert first.trials == second.trials == third.trials
    assert first.scores == third.scores
    assert first.staleness == (0,) * 4
    assert third.staleness == (2,) * 4
    assert first.importance_weights == pytest.approx((1.0,) * 4, abs=1e-5)
    assert third.importance_weights != pytest.approx((1.0,) * 4, abs=1e-3)
    assert all(0.8 - 1e-6 <= weight <= 1.2 + 1e-6 for weight in third.importance_weights)


def test_the_divergence_says_how_far_a_step_went() -> None:
    steps = [driver(learning_rate=rate, results_per_update=64) for rate in (1e-4, 1e-2)]
    for each in steps:
        each.rounds(1, batch=64)
    small, large = (each.updates[0].kl for each in steps)
    assert 0 < small < 1e-4 < large < 1
    assert large == pytest.approx(divergence_from_the_first(steps[1]), rel=0.1)


def divergence_from_the_first(live: Driver) -> float:
    """Of the policy after the step from the one before it, over all architectures of the space."""
    assert isinstance(live.strategy, PolicyGradient)
    tokens = torch.tensor([architecture.tokens for architecture in SPACE.enumerate()])
    with torch.no_grad():
        before = PolicyGradient(SPACE, 0)._policy(tokens).log_probabilities
        after = live.strategy._policy(tokens).log_probabilities
    return (before.exp() * (before - after)).sum().item()


# What results count for


@pytest.mark.parametrize("scores", ["rank", "raw", "cubed"])
def test_scores_and_baselines_follow_from_the_results(scores: str) -> None:
    live = driver(scripted(0.3, 0.5, 0.4, FAILED, 0.9, 0.9, 0.1, 0.6), scores=scores)
    live.ask(8)
    for number in range(8):
        live.tell([number])
    told: list[float] = []
    expected_scores, expected_baselines, average = [], [], None
    for value in (0.3, 0.5, 0.4, FAILED, 0.9, 0.9, 0.1, 0.6):
        told.append(value)
        seen = max(value, 0.0)
        score = {"rank": normal_score(value, sorted(told)), "raw": seen, "cubed": seen**3}[scores]
        average = score if average is None else average
        expected_scores.append(score)
        expected_baselines.append(average)
        average = 0.9 * average + (1 - 0.9) * score
    first, second = live.updates
    assert [*first.scores, *second.scores] == expected_scores
    assert [*first.baselines, *second.baselines] == expected_baselines
    assert [trial.baseline for trial in live.trials] == expected_baselines
    for update in live.updates:
        pairs = zip(update.scores, update.baselines, strict=True)
        assert update.advantages == tuple(score - baseline for score, baseline in pairs)


def test_a_failed_child_ranks_below_every_result() -> None:
    live = driver(scripted(0.2, FAILED, 0.1, FAILED))
    live.ask(4)
    live.tell(range(4))
    (update,) = live.updates
    lowest_of_two = NormalDist().inv_cdf((1 - 0.375) / 2.25)
    tied_lowest_of_four = NormalDist().inv_cdf((1.5 - 0.375) / 4.25)
    assert update.scores[1] == pytest.approx(lowest_of_two)
    assert update.scores[3] == pytest.approx(tied_lowest_of_four)
    assert update.scores[2] > update.scores[3]


def test_several_objectives_count_by_front() -> None:
    live = driver(scripted((0.5, -1.0), (0.4, -2.0), (0.9, -3.0), (0.3, -3.0)))  # fronts 0, 1, 0, 2
    live.ask(4)
    live.tell(range(4))
    scores = live.updates[0].scores
    assert scores[1] == pytest.approx(NormalDist().inv_cdf((1 - 0.375) / 2.25))
    assert scores[2] == pytest.approx(NormalDist().inv_cdf((2.5 - 0.375) / 3.25))
    assert scores[3] == pytest.approx(NormalDist().inv_cdf((1 - 0.375) / 4.25))


def test_a_failure_not_told_before_the_state_was_saved_is_no_result_yet() -> None:
    live = driver(scripted(0.1, 0.2, 0.3))
    live.ask(4)
    live.tell([0])
    restored = PolicyGradient(SPACE, 0)
    failed_unheard = replace(live.trials[3], failure=FailureKind.DIVERGED)
    restored.restore(live.strategy.save(), [*live.trials[:3], failed_unheard])
    resumed = Driver(restored, SPACE, live.measure)
    resumed.trials = list(live.trials)
    assert resumed.tell([1, 2]).baselines[1] == pytest.approx(0.1 * NormalDist().inv_cdf((2 - 0.375) / 2.25))


def test_results_no_policy_drew_are_ranked_but_not_learnt_from() -> None:
    live = driver(scripted(0.9, 0.1, 0.2, 0.3, 0.4))
    live.ask(5)
    live.trials[0] = replace(live.trials[0], log_probability=None)
    live.tell(range(5))
    (update,) = live.updates
    assert update.trials == (1, 2, 3, 4)
    assert update.scores[0] == pytest.approx(NormalDist().inv_cdf((1 - 0.375) / 2.25))


def test_ranks_take_the_scale_out_of_the_rewards() -> None:
    def updates(scores: str, power: int) -> list[PolicyUpdate]:
        live = driver(lambda architecture: accuracy(architecture) ** power, scores=scores)
        live.rounds(6, batch=4)
        return live.updates

    assert updates("rank", 9) == updates("rank", 1)
    assert updates("cubed", 1) == updates("raw", 3)
    assert updates("raw", 9) != updates("raw", 1)


# Priority queue


def queue_after(results: Sequence[float], tokens: Sequence[tuple[int, ...]], **settings: Any) -> list[Any]:
    live = driver(scripted(*results), queue_size=3, results_per_update=100, **settings)
    live.ask(len(results))
    for number, path in enumerate(tokens):
        live.trials[number] = replace(live.trials[number], architecture=SPACE.architecture(path))
    live.tell(range(len(results)))
    assert isinstance(live.strategy, PolicyGradient)
    return live.strategy._queue()


def test_the_queue_holds_the_best_of_different_architectures_and_no_failures() -> None:
    first, second, third, fourth = (architecture.tokens for architecture in islice(SPACE.enumerate(), 4))
    paths = [first, second, third, second, fourth]
    assert queue_after([0.1, 0.5, 0.2, 0.9, 0.4], paths) == [second, fourth, third]
    assert queue_after([0.5, FAILED, 0.5, FAILED, FAILED], paths) == [first, third]
    assert queue_after([FAILED, FAILED], paths[:2]) == []


def test_the_queue_alone_makes_the_best_likelier() -> None:
    settings = {"policy_weight": 0.0, "entropy_weight": 0.0, "queue_size": 1, "queue_weight": 1.0}
    live = driver(**settings)
    live.rounds(20, batch=4)
    assert isinstance(live.strategy, PolicyGradient)
    (best,) = live.strategy._queue()
    with torch.no_grad():
        sample = live.strategy._policy(torch.tensor([best]))
    assert sample.log_probabilities.exp().item() > 0.5
    assert accuracy(SPACE.architecture(best)) == live.best


# Settings


CHANGES: list[dict[str, Any]] = [
    {"hidden": 16},
    {"hidden": 0},
    {"layers": 2},
    {"embedding": 8},
    {"initial_weight": 0.05},
    {"logit_temperature": 2.0},
    {"tanh_constant": 0.1},
    {"scores": "raw"},
    {"scores": "cubed"},
    {"baseline_decay": 0.5},
    {"loss": "ppo", "steps_per_update": 2},
    {"importance_clip": 1.0},
    {"policy_weight": 0.5},
    {"queue_size": 3},
    {"queue_size": 3, "queue_weight": 0.5},
    {"entropy_weight": 0.5},
    {"entropy_per": "architecture"},
    {"optimizer": "rmsprop"},
    {"learning_rate": 0.02},
    {"gradient_clip": 0.05},
    {"results_per_update": 5},
    {"steps_per_update": 2},
]


@pytest.fixture(scope="module")
def updates_of_the_defaults() -> list[PolicyUpdate]:
    return run_with_late_results().updates


@pytest.mark.parametrize("settings", CHANGES, ids=str)
def test_every_setting_changes_the_search(
    settings: dict[str, Any], updates_of_the_defaults: list[PolicyUpdate]
) -> None:
    assert run_with_late_results(**settings).updates != updates_of_the_defaults


def test_every_setting_is_among_those_changed() -> None:
    changed = {name for settings in CHANGES for name in settings} | {"ratio_clip"}
    assert changed == set(PolicyGradientSettings.__slots__)


def test_the_ratio_is_clipped_at_its_setting() -> None:
    wide = run_with_late_results(loss="ppo", steps_per_update=3, ratio_clip=0.9).updates
    narrow = run_with_late_results(loss="ppo", steps_per_update=3, ratio_clip=0.01).updates
    assert max(max(update.importance_weights) for update in narrow) == pytest.approx(1.01)
    assert max(max(update.importance_weights) for update in wide) > 1.02


# State


def test_a_saved_state_is_small_and_no_pickle() -> None:
    live = driver()
    live.rounds(10, batch=4)
    state = live.strategy.save()
    assert len(state) < 200_000
    assert b"torch" not in state
    assert state[8:9] == b"{"
    assert unpack("policy_gradient", state)[0]["version"] == 10


@pytest.mark.parametrize(
    "settings",
    [{"hidden": 0}, {"layers": 2, "optimizer": "rmsprop"}, {"queue_size": 4, "loss": "ppo"}],
    ids=str,
)
def test_restored_goes_on_bit_for_bit(settings: dict[str, Any]) -> None:
    live = driver(**settings)
    live.rounds(3, batch=5)
    live.ask(2)
    resumed = driver(seed=9, **settings)
    resumed.strategy.restore(live.strategy.save(), list(live.trials))
    resumed.event, resumed.trials = live.event, list(live.trials)
    in_work = [trial.number for trial in live.trials[-2:]]
    for each in (live, resumed):
        each.tell(in_work)
        each.rounds(3, batch=3)
    assert resumed.trials == live.trials
    assert resumed.strategy.save() == live.strategy.save()
