"""Listings of searches, trials and trainings."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from nas.objectives import Objective
from nas.report.columns import SEARCH_COLUMNS, TRAINING_COLUMNS, candidate_columns, search_columns
from nas.report.ranking import rank
from nas.report.tables import as_json, format_table, known_columns
from nas.storage.records import SearchRecord, SearchState, TrainingRecord
from nas.trial import Trial
from search_spaces.architecture import Architecture
from search_spaces.registry import build_space
from workers.job import FailureKind


def test_networks(make_trial: Callable[..., Trial]) -> None:
    ranking = rank([make_trial(0, 0.9125), make_trial(1, None), make_trial(2, 0.5)])
    columns = candidate_columns(build_space("toy"), ranking)
    header, first, _ = format_table(
        known_columns(columns, ranking.candidates), ranking.candidates
    ).splitlines()
    assert header.split() == [
        "trial",
        "validation",
        "parameters",
        "multiply-adds",
        "training",
        "architecture",
    ]
    assert first.split()[:4] == ["0", "91.2", "%", "12.3"]
    assert first.endswith("toy:0.1")
    rows = json.loads(json.dumps(as_json(columns, ranking.candidates)))
    assert [(row["number"], row["validation_accuracy"]) for row in rows] == [(0, 0.9125), (2, 0.5)]
    assert rows[0]["latency_ms"] is None


def test_networks_of_repeats_and_of_several_objectives_have_more_columns(
    make_trial: Callable[..., Trial],
) -> None:
    trials = [
        replace(make_trial(number, accuracy), canonical_key="same", objectives=(accuracy, -5.0))
        for number, accuracy in enumerate((0.5, 0.7))
    ]
    ranking = rank(trials, (Objective("accuracy"), Objective("params", is_minimised=True)), repeats=2)
    (row,) = as_json(candidate_columns(build_space("toy"), ranking), ranking.candidates)
    assert (row["front"], row["trainings"]) == (1, 2)
    assert row["validation_accuracy"] == pytest.approx(0.6)
    assert row["standard_error"] == pytest.approx(0.1)
    weighed = replace(rank([replace(make_trial(0, 0.8), reward=0.75)]), is_weighed=True)
    (row,) = as_json(candidate_columns(build_space("toy"), weighed), weighed.candidates)
    assert (row["reward"], row["validation_accuracy"]) == (0.75, 0.8)


def test_searches() -> None:
    search = SearchRecord(
        search_id=1,
        name="digits",
        config={},
        space="cell",
        strategy="reinforce",
        dataset="digits",
        dataset_fingerprint="f",
        image=(1, 8, 8),
        classes=10,
        seed=0,
        trial_budget=None,
        time_budget_seconds=60.0,
        state=SearchState.PAUSED,
        event=3,
        created=5,
        completed=4,
        failed=1,
        spent_seconds=133.0,
        best_number=2,
        created_at=1_700_000_000.0,
        updated_at=1_700_000_100.0,
    )
    header, line = format_table(search_columns({1: {FailureKind.DIVERGED: 1}}), [search]).splitlines()
    assert header.split()[:6] == ["search", "state", "done", "failed", "of", "what"]
    assert "1 diverged" in line
    assert line.split()[:4] == ["digits", "paused", "4", "1"]
    assert "2 m 13 s" in line
    (row,) = as_json(SEARCH_COLUMNS, [search])
    assert (row["spent_seconds"], row["trial_budget"]) == (133.0, None)


def test_trainings_carry_their_interval() -> None:
    training = TrainingRecord(
        number=2,
        seed=1,
        recipe={},
        test_correct=349,
        test_total=360,
        train_images=1437,
        train_seconds=20.0,
        parameters=1,
        multiply_adds=1,
        device="cpu",
        versions={},
    )
    line = format_table(TRAINING_COLUMNS, [training]).splitlines()[1]
    assert "96.9 %" in line
    (row,) = as_json(TRAINING_COLUMNS, [training])
    assert row["test_accuracy_low"] == pytest.approx(0.9461, abs=1e-4)
    assert row["test_accuracy_high"] == pytest.approx(0.9829, abs=1e-4)


def test_a_network_with_a_name_is_listed_by_it(make_trial: Callable[..., Trial]) -> None:
    ranking = rank([replace(make_trial(0, 0.5), architecture=Architecture("reference", (1,)))])
    columns = candidate_columns(build_space("reference", networks="lenet5,resnet8_w4"), ranking)
    assert format_table(columns, ranking.candidates).endswith("reference:resnet8_w4")
