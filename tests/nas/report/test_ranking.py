"""The order of networks: by the mean over their trainings, by front, and those behind that are not done yet."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from nas.errors import ConfigError
from nas.objectives import parse_objectives
from nas.report.front import front_as_json, front_heading, front_table
from nas.report.ranking import rank, rank_anew
from nas.trial import Trial

TRADE = parse_objectives(["accuracy", "-params"])


@pytest.fixture
def trained(make_trial: Callable[..., Trial]) -> Callable[..., Trial]:
    """Returns (number, accuracy, network, parameters) -> trial of a search for accuracy and few parameters."""

    def make(number: int, accuracy: float | None, network: str, parameters: int = 100) -> Trial:
        trial = replace(make_trial(number, accuracy), canonical_key=network, parameters=parameters)
        return trial if accuracy is None else replace(trial, objectives=(accuracy, -float(parameters)))

    return make


def plain(trial: Trial) -> Trial:
    return replace(trial, objectives=())


def test_the_mean_over_the_trainings_decides_not_the_luckiest(trained: Callable[..., Trial]) -> None:
    trials = [(0, 0.70, "lucky"), (1, 0.90, "lucky"), (2, 0.84, "steady"), (3, 0.86, "steady")]
    ranking = rank([plain(trained(*trial)) for trial in trials], repeats=2)
    steady, lucky = ranking.candidates
    assert (steady.number, steady.count, lucky.number) == (2, 2, 0)
    assert steady.values == pytest.approx((0.85,))
    assert steady.standard_error == pytest.approx(0.01)  # |0.84 - 0.86| / 2
    assert lucky.standard_error == pytest.approx(0.10)
    assert ranking.best is steady


def test_the_latency_that_is_shown_is_the_one_that_decides(trained: Callable[..., Trial]) -> None:
    measured = [("a", 1.0), ("a", 1.0), ("a", 7.0), ("b", 2.0), ("b", 2.0), ("b", 2.0)]
    trials = [
        replace(trained(number, 0.5, network), objectives=(0.5, -latency), latency_ms=latency)
        for number, (network, latency) in enumerate(measured)
    ]
    ranking = rank(trials, parse_objectives(["accuracy", "-latency"]), repeats=3)
    assert [(one.number, one.front) for one in ranking.candidates] == [(3, 0), (0, 1)]
    assert [one.latency_ms for one in ranking.candidates] == [-one.values[1] for one in ranking.candidates]


def test_networks_whose_repeats_are_not_all_completed_stand_behind(trained: Callable[..., Trial]) -> None:
    trials = [(0, 0.99, "half"), (1, 0.5, "whole"), (2, 0.6, "whole"), (3, None, "half"), (4, None, "none")]
    ranking = rank([plain(trained(*trial)) for trial in trials], repeats=2)
    assert [one.number for one in ranking.candidates] == [1, 0]
    assert ranking.front == ranking.candidates[:1]
    alone = rank([plain(trained(0, 0.99, "half"))], repeats=2)
    assert alone.best is not None
    assert alone.best.standard_error is None
    assert rank([]).best is None


def test_equals_are_in_the_order_of_their_numbers(trained: Callable[..., Trial]) -> None:
    trials = [plain(trained(number, 0.5, f"n{number}")) for number in (3, 1, 2)]
    assert [one.number for one in rank(trials).candidates] == [1, 2, 3]


def front_of_four(trained: Callable[..., Trial]):
    return [
        trained(0, 0.5, "a", 400),
        trained(1, 0.9, "b", 300),
        trained(2, 0.8, "c", 100),
        trained(3, 0.7, "d", 200),
    ]


def test_the_front_comes_first_and_its_area_is_counted(trained: Callable[..., Trial]) -> None:
    """From (0, 400): b covers 0.9 x 100, c adds 0.8 x 200; without the worst, a, as corner nothing else changes."""
    ranking = rank(front_of_four(trained), TRADE)
    assert [(one.number, one.front) for one in ranking.candidates] == [(1, 0), (2, 0), (3, 1), (0, 2)]
    assert ranking.reference == (0.0, -400.0)
    assert ranking.hypervolume == pytest.approx(0.9 * 100 + 0.8 * 200)
    limited = replace(ranking, limits={"params": 350})
    assert limited.reference == (0.0, -350.0)
    assert limited.hypervolume == pytest.approx(0.9 * 50 + 0.8 * 200)


def test_the_front_in_words_and_for_programs(trained: Callable[..., Trial]) -> None:
    ranking = rank(front_of_four(trained), TRADE)
    assert front_heading(ranking).splitlines() == [
        "Pareto front of accuracy, -params: 2 of 4 networks",
        "Hypervolume 250, reference point accuracy 0.0 %, params 400",
    ]
    assert [line.split() for line in front_table(ranking).splitlines()] == [
        ["trial", "validation", "parameters"],
        ["1", "90.0", "%", "300"],
        ["2", "80.0", "%", "100"],
    ]
    told = front_as_json(ranking)
    assert told["objectives"] == ["accuracy", "-params"]
    assert told["reference"] == {"accuracy": 0.0, "params": 400.0}
    assert told["front"] == [
        {"number": 1, "validation_accuracy": 0.9, "parameters": 300},
        {"number": 2, "validation_accuracy": 0.8, "parameters": 100},
    ]
    assert "accuracy (weighed by its targets)" in front_heading(replace(ranking, is_weighed=True))


def test_other_objectives_than_the_searchs_need_their_measures(trained: Callable[..., Trial]) -> None:
    trials = [*front_of_four(trained), trained(4, None, "e")]
    smallest = rank_anew(trials, parse_objectives(["-params"]))
    assert [one.number for one in smallest.candidates] == [2, 3, 1, 0]
    with pytest.raises(ConfigError, match="expected latency of trial 0, which was not measured"):
        rank_anew(trials, parse_objectives(["accuracy", "-latency"]))
