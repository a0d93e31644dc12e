"""Effects against numbers computed by hand, against scipy, and in data where it is known what has one."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from nas.storage.records import TrialSummary
from nas.web.view.answers import Effect, Effects
from tests.nas.web.view.rows import FIRST, TOY, failed, row, view_of

OPERATIONS = next(decision.options for decision in TOY.decisions if "conv_3x3" in decision.options)
PLACES = [place for place, decision in enumerate(TOY.decisions) if decision.options == OPERATIONS]


def with_options(number: int, chosen: dict[int, int], **fields: float | int) -> TrialSummary:
    """Returns a trial with those tokens at those places."""
    return row(number, [chosen.get(place, token) for place, token in enumerate(FIRST)], **fields)


def option_at(found: Effects, decision: str, option: str) -> Effect:
    return next(one for one in found.options if (one.decision, one.option) == (decision, option))


def at_place(found: Effects, place: int, token: int) -> Effect:
    decision = TOY.decisions[place]
    return option_at(found, decision.name, decision.options[token])


def test_two_groups_computed_by_hand() -> None:
    place = PLACES[0]
    rewards = [(1, 1.0), (1, 3.0), (0, 0.0), (0, 2.0)]  # token, reward
    trials = [
        with_options(number, {place: token, PLACES[1]: number}, reward=reward)
        for number, (token, reward) in enumerate(rewards)
    ]
    found = option_at(view_of(trials, space=None).effects(), f"decision {place}", "1")
    assert (found.trials, found.networks, found.networks_without) == (2, 2, 2)
    assert (found.mean, found.mean_without, found.difference) == pytest.approx((2.0, 1.0, 1.0))
    # Both have variance 2, so the error is sqrt(2/2 + 2/2), of 2 degrees of freedom; t is then 4.302653.
    assert (found.low, found.high) == pytest.approx((1 - 6.084870, 1 + 6.084870), abs=1e-5)


@settings(max_examples=15)
@given(st.integers(0, 2**32))
def test_options_are_compared_as_scipy_does(seed: int) -> None:
    rng = Random(seed)
    trials = [
        row(
            number,
            [rng.randrange(len(decision.options)) for decision in TOY.decisions],
            reward=rng.gauss(0.7, 0.1),
        )
        for number in range(rng.randrange(4, 60))
    ]
    found = view_of(trials).effects()
    rewards: dict[tuple[int, ...], list[float]] = {}
    for trial in trials:
        tokens = tuple(int(token) for token in trial.architecture.partition("[")[2].rstrip("]}").split(","))
        rewards.setdefault(tokens, []).append(float(trial.reward or 0.0))
    means = {tokens: float(np.mean(values)) for tokens, values in rewards.items()}
    for place, decision in enumerate(TOY.decisions):
        for token in range(len(decision.options)):
            one = [mean for tokens, mean in means.items() if tokens[place] == token]
            other = [mean for tokens, mean in means.items() if tokens[place] != token]
            if len(one) < 2 or len(other) < 2:
                continue
            interval = ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
            effect = at_place(found, place, token)
            assert effect.difference == pytest.approx(np.mean(one) - np.mean(other))
            assert (effect.low, effect.high) == pytest.approx((interval.low, interval.high), rel=1e-6)


def planted(seed: int, count: int, effect: float, places: list[int] = PLACES) -> Effects:
    """Returns the effects of trials whose reward has `effect` more with token 1 at a place, and noise of 0.05."""
    rng = Random(seed)
    trials = []
    for number in range(count):
        tokens = [rng.randrange(len(decision.options)) for decision in TOY.decisions]
        uses = any(tokens[place] == 1 for place in places)
        trials.append(row(number, tokens, reward=0.6 + effect * uses + rng.gauss(0.0, 0.05)))
    return view_of(trials).effects()


def test_a_planted_effect_is_found_and_no_other() -> None:
    found = planted(seed=1, count=400, effect=0.08)
    assert found.operations[0].option == OPERATIONS[1]
    assert found.operations[0].is_clear
    others = [one for one in found.operations[1:] if one.is_clear and (one.difference or 0) > 0]
    assert others == []


def test_the_interval_has_the_planted_effect_in_it_about_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(100):
        found = at_place(planted(seed, count=60, effect=0.08, places=PLACES[:1]), PLACES[0], 1)
        assert found.low is not None
        assert found.high is not None
        covered += found.low < 0.08 < found.high
    assert 89 <= covered <= 99  # of 95 expected; outside by chance in 1 of 50


def test_where_nothing_has_an_effect_seldom_is_any_called_clear() -> None:
    false_alarms = sum(
        any(one.is_clear for one in family)
        for seed in range(60)
        for found in [planted(seed, count=80, effect=0.0)]
        for family in (found.operations, found.options)
    )
    # Of 120 families each is to have one in at most 1 of 20: 6 are expected at most, 13 or more by chance in 1 of 200.
    assert false_alarms <= 12


def test_trainings_of_one_network_count_once() -> None:
    place = PLACES[0]
    trials = [
        with_options(0, {place: 1}, reward=1.0),
        with_options(1, {place: 1}, reward=0.0, repeat=1),
        with_options(2, {place: 1, PLACES[1]: 2}, reward=0.8),
        with_options(3, {PLACES[1]: 1}, reward=0.5),
        with_options(4, {PLACES[1]: 2}, reward=0.5),
    ]
    found = at_place(view_of(trials).effects(), place, 1)
    assert (found.trials, found.networks) == (3, 2)
    assert found.mean == pytest.approx((0.5 + 0.8) / 2)


def test_what_so_few_networks_do_not_say_is_none() -> None:
    place = PLACES[0]
    found = view_of([with_options(0, {place: 1}, reward=0.9), with_options(1, {}, reward=0.5)]).effects()
    effect = at_place(found, place, 1)
    assert effect.difference == pytest.approx(0.4)
    assert (effect.low, effect.high, effect.p_value, effect.is_clear) == (None, None, None, False)
    everywhere = at_place(found, PLACES[1], 0)
    assert (everywhere.networks_without, everywhere.mean_without, everywhere.difference) == (0, None, None)


def test_equal_rewards_have_no_interval() -> None:
    trials = [with_options(number, {PLACES[0]: number % 2, PLACES[1]: number // 2}) for number in range(4)]
    effect = at_place(view_of(trials).effects(), PLACES[0], 1)
    assert (effect.difference, effect.low, effect.p_value) == (0.0, None, None)


def test_failed_trials_have_no_part_in_it() -> None:
    found = view_of([failed(0), row(1)]).effects()
    assert (found.trials, found.networks) == (1, 1)


def test_without_trials_there_are_no_effects() -> None:
    found = view_of([]).effects()
    assert (found.operations, found.options, found.trials) == ((), (), 0)


def test_the_method_says_what_it_is_not() -> None:
    method = view_of([]).effects().method
    assert "Welch" in method
    assert "Holm" in method
    assert "Observed" in method
