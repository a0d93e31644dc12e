"""Listings of searches, trials and trainings."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from nas.report.columns import SEARCH_COLUMNS, TRAINING_COLUMNS, trial_columns
from nas.report.tables import as_json, format_table
from nas.storage.contract import SearchRecord, SearchState, TrainingRecord
from nas.trial import Trial
from search_spaces.architecture import Architecture
from search_spaces.registry import build_space


def test_trials(make_trial: Callable[..., Trial]) -> None:
    trials = [make_trial(0, 0.9125), make_trial(1, None)]
    columns = trial_columns(build_space("toy"))
    header, first, second = format_table(columns, trials).splitlines()
    assert header.split()[:3] == ["trial", "state", "validation"]
    assert "91.2 %" in first
    assert "12.3 k" in first
    assert first.endswith("toy:0.1")
    assert "diverged" in second
    rows = json.loads(json.dumps(as_json(columns, trials)))
    assert rows[0]["validation_accuracy"] == 0.9125
    assert rows[1]["failure"] == "diverged"


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
    line = format_table(SEARCH_COLUMNS, [search]).splitlines()[1]
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
    trial = replace(make_trial(0, 0.5), architecture=Architecture("reference", (1,)))
    columns = trial_columns(build_space("reference", networks="lenet5,resnet8_w4"))
    assert format_table(columns, [trial]).endswith("reference:resnet8_w4")
