"""The closing summary: complete where everything was measured, and outspoken where something was not."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from nas.objectives import parse_objectives
from nas.report.ranking import Ranking, rank
from nas.report.summary import Contender, SearchSummary, search_summary, summary_as_json
from nas.trial import Trial
from search_spaces.outline import Box, Outline, Panel
from workers.job import FailureKind

PANEL = Panel(
    "Normal cell",
    (Box("i", "current", "input"), Box("a", "sep_conv_3x3", "operation"), Box("o", "concatenate", "output")),
    (("i", "a"), ("a", "o")),
)
FOUND = Contender("found", 20, 0.9722, 12_345, 1_200_000, 349, 360)
COMPLETE = SearchSummary(
    name="digits",
    completed=20,
    failed=1,
    spent_seconds=133.0,
    number=13,
    found=FOUND,
    outline=Outline("cell:0.1", "stem → cell → classifier", (PANEL,)),
    random=Contender("random search", 20, 0.9655, 11_000, 1_100_000, 346, 360),
    reference=Contender("resnet8_w4", 1, 0.93, 4_900, 400_000, 320, 360),
    directory="exports/digits",
)


def test_everything_that_was_measured_is_said() -> None:
    lines = search_summary(COMPLETE).splitlines()
    assert lines[0] == "Search digits: 20 trials completed, 1 failed, 2 m 13 s. Best: trial 13."
    assert "sep_conv_3x3" in lines
    start = next(index for index, line in enumerate(lines) if line.startswith("best of"))
    assert lines[start : start + 4] == [
        "best of (trials)    validation  test, 95 % interval  parameters  multiply-adds",
        "found (20)              97.2 %  96.9 % [94.6, 98.3]      12.3 k         1.20 M",
        "random search (20)      96.5 %  96.1 % [93.6, 97.7]      11.0 k         1.10 M",
        "resnet8_w4 (1)          93.0 %  88.9 % [85.2, 91.7]      4.90 k          400 k",
    ]
    assert max(map(len, lines)) <= 80
    assert "Handed over in exports/digits: start with MODEL_CARD.md." in lines
    assert "  nas show digits 13" in lines
    assert not any("Missing" in line for line in lines)


def test_differences_are_called_clear_only_where_they_are() -> None:
    text = search_summary(COMPLETE)
    assert "Test accuracy +0.8 [-2.0, +3.7] points over random search: no clear difference" in text
    assert "Test accuracy +8.1 [+4.4, +12.0] points over resnet8_w4: better" in text
    worse = replace(COMPLETE, found=replace(FOUND, test_correct=250))
    assert search_summary(worse).count(": worse") == 2


@pytest.mark.parametrize(
    ("left_out", "line"),
    [
        (
            {"found": replace(FOUND, test_correct=None)},
            "Missing: the test accuracy: nas export-best digits -o digits-export",
        ),
        (
            {"random": None},
            "Missing: random search under the same recipe and budget: nas compare digits",
        ),
        (
            {"reference": None},
            "Missing: a hand-designed network of no more parameters: nas compare digits",
        ),
        (
            {"reference": None, "reference_exists": False},
            "Every hand-designed network has more parameters than the found one: none stands beside it.",
        ),
        ({"directory": None}, "  nas export-best digits -o digits-export"),
    ],
)
def test_what_is_missing_is_said_with_its_command(left_out: dict[str, object], line: str) -> None:
    lines = search_summary(replace(COMPLETE, **left_out)).splitlines()  # type: ignore[arg-type]
    assert line in lines
    assert sum("Missing" in other for other in lines) == line.startswith("Missing")


def test_an_untested_companion_has_a_dash_and_is_missing() -> None:
    text = search_summary(replace(COMPLETE, random=Contender("random search", 20, 0.9655)))
    assert "random search (20)      96.5 %  -" in text
    assert "Missing: random search" in text
    assert "points over random search" not in text


def test_commands_bring_their_options() -> None:
    lines = search_summary(replace(COMPLETE, random=None, command_options="--db sqlite:///x.db")).splitlines()
    commands = [line for line in lines if "nas " in line]
    assert len(commands) == 4
    assert all(line.endswith(" --db sqlite:///x.db") for line in commands)


def test_a_search_without_a_result_says_so() -> None:
    empty = SearchSummary("digits", 0, 3, 5.0, None, None, None)
    assert search_summary(empty) == (
        "Search digits: 0 trials completed, 3 failed, 5.0 s. "
        "Nothing was found: no trial is completed. Why: nas show digits"
    )


def test_failures_are_told_as_what_they_are() -> None:
    failures = {FailureKind.DIVERGED: 2, FailureKind.OVER_LIMIT: 1}
    heading = search_summary(replace(COMPLETE, failed=3, failures=failures)).splitlines()[0]
    assert "20 trials completed, 3 failed (2 diverged, 1 over_limit), 2 m 13 s" in heading


def test_means_over_repeats_carry_their_standard_error() -> None:
    found = replace(FOUND, standard_error=0.0042, trainings=3)
    lines = search_summary(replace(COMPLETE, found=found)).splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("best of"))
    assert lines[start].split()[3:8] == ["validation", "+-", "points", "of", "trainings"]
    assert lines[start + 1].split()[:6] == ["found", "(20)", "97.2", "%", "0.42", "3"]
    assert lines[start + 2].split()[3:7] == ["96.5", "%", "-", "-"]


def test_fronts_are_compared_from_the_worse_of_their_reference_points(
    make_trial: Callable[..., Trial],
) -> None:
    """From (0, 300): 0.9 x 200 against 0.8 x 100 + 0.5 x 100."""

    def front(*results: tuple[float, int]) -> Ranking:
        trials = [
            replace(make_trial(number, accuracy), parameters=size, objectives=(accuracy, -float(size)))
            for number, (accuracy, size) in enumerate(results)
        ]
        return rank(trials, parse_objectives(["accuracy", "-params"]))

    found, random = front((0.9, 100), (0.2, 250)), front((0.8, 200), (0.5, 100), (0.1, 300))
    lines = search_summary(replace(COMPLETE, front=found, random_front=random)).splitlines()
    assert "Pareto front of accuracy, -params: 1 of 2 networks" in lines
    assert "Hypervolume 135, reference point accuracy 0.0 %, params 250" in lines
    assert "Hypervolume 180 against 130 of random search, reference point accuracy 0.0 %, params 300" in lines
    numbers = summary_as_json(replace(COMPLETE, front=found, random_front=random))
    assert numbers["against_random"] == {
        "reference": {"accuracy": 0.0, "params": 300.0},
        "hypervolume": pytest.approx(180),
        "other_hypervolume": pytest.approx(130),
    }


def test_a_program_gets_numbers() -> None:
    numbers = json.loads(json.dumps(summary_as_json(replace(COMPLETE, reference=None))))
    found, random = numbers["contenders"]
    assert found["test_accuracy"] == pytest.approx(349 / 360)
    assert (found["test_accuracy_low"], found["test_accuracy_high"]) == pytest.approx(
        (0.946, 0.983), abs=1e-3
    )
    assert random["label"] == "random search (20)"
    (difference,) = numbers["differences"]
    assert difference == {
        "over": "random search",
        "difference": pytest.approx(3 / 360),
        "low": pytest.approx(-0.020, abs=1e-3),
        "high": pytest.approx(0.037, abs=1e-3),
        "verdict": "no clear difference",
    }
    assert (numbers["pareto"], numbers["against_random"]) == (None, None)
    untested = summary_as_json(replace(COMPLETE, found=replace(FOUND, test_correct=None)))
    assert untested["differences"] == []
    assert untested["contenders"][0]["test_accuracy_low"] is None  # type: ignore[index]
