"""Searches with several objectives, a limit on latency and targets: run, shown, ranked anew, resumed."""

import json
from pathlib import Path

import pytest

from nas.cli.failures import run
from nas.cli.main import nas
from nas.report.formats import format_count
from nas.storage.open import open_storage
from nas.trial import Trial, TrialState
from tests.nas.cli.calling import TINY, Call
from workers.job import FailureKind

FEW = (*TINY, "--strategy", "random", "--validation-images", "60")


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the search "traded" for accuracy and few parameters, and "plain" for accuracy alone."""
    database = f"sqlite:///{tmp_path_factory.mktemp('traded') / 'nas.db'}"
    wanted = ("--objective", "accuracy", "--objective", "-params")
    for name, objectives in (("traded", wanted), ("plain", ())):
        arguments = ["search", "--name", name, "--db", database, "--trials", "6", *FEW, *objectives]
        assert run(nas, arguments) == 0
    return database


def trials_of(database: str, name: str) -> list[Trial]:
    with open_storage(database, read_only=True) as storage:
        return storage.trials(storage.search(name).search_id)


def by_hand(trials: list[Trial]) -> tuple[list[int], float]:
    """Returns the trials on the front, and the area between it and accuracy 0 at the most parameters."""
    results = {t.number: (t.validation_accuracy or 0.0, t.parameters or 0) for t in trials}
    front = [
        number
        for number, (accuracy, size) in results.items()
        if not any(a >= accuracy and s <= size and (a, s) != (accuracy, size) for a, s in results.values())
    ]
    worst = max(size for _, size in results.values())
    steps = sorted(
        {results[number] for number in front}, reverse=True
    )  # the most accurate, so largest, first
    area, right = 0.0, worst
    for accuracy, size in steps:
        area += accuracy * (right - size)
        right = size
    return front, area


def test_the_front_and_its_hypervolume_are_those_of_the_stored_trials(call: Call, traded: str) -> None:
    trials = trials_of(traded, "traded")
    front, area = by_hand(trials)
    assert all(t.objectives == (t.validation_accuracy, -float(t.parameters or 0)) for t in trials)
    listed = json.loads(call("leaderboard", "traded", "--db", traded, "--json").out)
    assert {network["number"] for network in listed["front"]} == set(front)
    assert listed["hypervolume"] == pytest.approx(area)
    assert listed["objectives"] == ["accuracy", "-params"]
    assert listed["reference"] == {"accuracy": 0.0, "params": max(t.parameters or 0 for t in trials)}
    assert len(listed["networks"]) == 6
    assert {network["number"] for network in listed["networks"] if network["front"] == 1} == set(front)
    shown = json.loads(call("show", "traded", "--db", traded, "--json").out)
    assert shown["pareto"] == {
        key: listed[key] for key in ("objectives", "reference", "hypervolume", "front")
    }
    assert shown["best_number"] == listed["networks"][0]["number"]


def test_the_front_in_the_summary_and_the_leaderboard(call: Call, traded: str) -> None:
    front, area = by_hand(trials_of(traded, "traded"))
    for command in ("show", "leaderboard"):
        text = call(command, "traded", "--db", traded).out
        assert f"Pareto front of accuracy, -params: {len(front)} of 6 networks\n" in text
        assert f"Hypervolume {area:.5g}, reference point accuracy 0.0 %, params " in text


def test_a_trial_shows_its_objectives(call: Call, traded: str) -> None:
    trial = trials_of(traded, "traded")[0]
    assert (
        f"objectives           {trial.reward:.5g}, -{trial.parameters}\n"
        in call("show", "traded", 0, "--db", traded).out
    )


def test_a_search_can_be_ranked_by_other_objectives(call: Call, traded: str) -> None:
    trials = trials_of(traded, "plain")
    assert isinstance(json.loads(call("leaderboard", "plain", "--db", traded, "--json").out), list)
    smallest = call("leaderboard", "plain", "--db", traded, "--objective", "-params", "--json")
    sizes = [network["parameters"] for network in json.loads(smallest.out)]
    assert sizes == sorted(trial.parameters or 0 for trial in trials)
    both = ("--objective", "accuracy", "--objective=-parameters", "--json")
    anew = json.loads(call("leaderboard", "plain", "--db", traded, *both).out)
    front, area = by_hand(trials)
    assert {network["number"] for network in anew["front"]} == set(front)
    assert anew["hypervolume"] == pytest.approx(area)


@pytest.mark.parametrize(
    ("objective", "expected"),
    [
        ("-latency", "objective '-latency': expected latency of trial 0, which was not measured"),
        ("flops", "objective 'flops': expected a measure"),
        ("latenzy", "Did you mean 'latency'?"),
    ],
)
def test_an_objective_that_trials_lack(call: Call, traded: str, objective: str, expected: str) -> None:
    ended = call("leaderboard", "plain", "--db", traded, "--objective", objective)
    assert (ended.code, ended.out) == (2, "")
    assert expected in ended.err
    assert ended.err.count("\n") == 1


def test_the_objectives_of_a_search_stay_what_they_were(call: Call, traded: str) -> None:
    ended = call("search", "--resume", "traded", "--db", traded, "--objective", "accuracy")
    assert ended.code == 2
    assert "got reward" in ended.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--objective", "acuracy"], "Did you mean 'accuracy'?"),
        (["--objective", "accuracy", "--objective", "-accuracy"], "got 'accuracy' twice"),
        (["--objective", "-accuracy"], "expected the objective accuracy, which is maximised, got -accuracy"),
        (["--objective", "--trials"], "objective '--trials': expected a measure"),
        (["--target-params", "20k", "--max-params", "10k"], "at most the limit of 10,000"),
        (["--objective", "-params", "--target-macs", "1M"], "expected the objective accuracy"),
        (["--max-latency-ms", "nan"], "limits.max_latency_ms"),
        (["--max-latency-ms", "fast"], "'fast' is not a valid float"),
        (["--repeats", "0"], "strategy.repeats"),
        (["--repeats", "4", "--trials", "3"], "at least the 4 repeats"),
    ],
)
def test_contradictions_are_told_before_anything_starts(
    call: Call, database: str, arguments: list[str], expected: str
) -> None:
    ended = call("search", "--db", database, "--backend", "local", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert expected in ended.err
    assert not Path(database.removeprefix("sqlite:///")).exists()


def test_networks_over_the_limit_on_latency_are_not_trained_and_told_as_such(
    call: Call, database: str
) -> None:
    ended = call("search", "--db", database, "--trials", 3, *FEW, "--max-latency-ms", "0.000001")
    assert ended.code == 1
    assert "trial 0 failed (over_limit): latency: expected at most 1e-06 ms, got " in ended.err
    assert "0 trials completed, 3 failed (3 over_limit)" in ended.out
    for trial in trials_of(database, "search"):
        assert (trial.state, trial.failure) == (TrialState.FAILED, FailureKind.OVER_LIMIT)
        assert trial.latency_ms is not None
        assert trial.curve == ()
    assert "3 over_limit" in call("list", "--db", database).out
    assert json.loads(call("list", "--db", database, "--json").out)[0]["failures"] == {"over_limit": 3}
    shown = call("show", "search", 0, "--db", database).out
    assert "over_limit" in shown
    assert json.loads(call("show", "search", "--db", database, "--json").out)["failures"] == {"over_limit": 3}


def test_an_objective_that_seems_to_lack_its_dash_is_warned_of(call: Call, database: str) -> None:
    ended = call("search", "--db", database, "--trials", 1, *FEW, "--objective", "params")
    assert ended.code == 0
    assert ended.err.startswith(
        "warning: objective params prefers more of params; the other way round it is -params\n"
    )
    assert trials_of(database, "search")[0].reward == trials_of(database, "search")[0].parameters


def test_targets_weigh_the_accuracy_and_latency_is_an_objective(call: Call, database: str) -> None:
    weights = ("--target-params", "1k", "--set", "reward.exponent_below=-0.5")
    wanted = ("--objective", "accuracy", "--objective", "-latency")
    ended = call("search", "--db", database, "--trials", 2, *FEW, *weights, *wanted)
    assert ended.code == 0, ended.err
    for trial in trials_of(database, "search"):
        assert trial.parameters is not None
        assert trial.validation_accuracy is not None
        exponent = -0.5 if trial.parameters <= 1_000 else -0.07
        weighed = trial.validation_accuracy * (trial.parameters / 1_000) ** exponent
        assert trial.latency_ms is not None
        assert trial.values == pytest.approx((weighed, -trial.latency_ms))
    assert "Pareto front of accuracy (weighed by its targets), -latency: " in ended.out


def test_the_course_that_is_shown_is_that_of_the_objective(call: Call, database: str) -> None:
    assert call("search", "--db", database, "--trials", 3, *FEW, "--objective", "-params").code == 0
    least = min(trial.parameters or 0 for trial in trials_of(database, "search"))
    (line,) = [text for text in call("show", "search", "--db", database).out.splitlines() if "so far" in text]
    assert line.startswith("best params so far ")
    assert line.endswith(f" {format_count(least)}")
