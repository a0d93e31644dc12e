"""Steps of a policy: every column is explained, and its numbers are those of the record."""

from dataclasses import replace

from nas.report.tables import as_json, format_table
from nas.report.updates import MEANINGS, UPDATE_COLUMNS, format_meanings
from nas.trial import PolicyUpdate

UPDATE = PolicyUpdate(
    version=7,
    trials=(3, 5),
    scores=(1.0, 2.0),
    baselines=(0.5, 0.0),
    advantages=(0.5, 2.0),
    old_log_probabilities=(-4.0, -5.0),
    new_log_probabilities=(-4.0, -4.0),
    importance_weights=(1.0, 2.0),
    loss=-1.25,
    entropy=3.0,
    gradient_norm=0.125,
    kl=0.0625,
    staleness=(0, 2),
    imagined=32,
)


def test_means_are_taken_over_the_trials() -> None:
    (row,) = as_json(UPDATE_COLUMNS, [UPDATE])
    assert row == {
        "version": 7,
        "trials": 2,
        "imagined": 32,
        "mean_score": 1.5,
        "mean_baseline": 0.25,
        "mean_advantage": 1.25,
        "mean_importance_weight": 1.5,
        "largest_staleness": 2,
        "loss": -1.25,
        "entropy_nats": 3.0,
        "gradient_norm": 0.125,
        "kl_nats": 0.0625,
    }


def test_a_step_on_imagined_results_alone_has_no_means() -> None:
    update = PolicyUpdate(1, (), (), (), (), (), (), (), -0.5, 3.0, 0.1, 0.01, (), 32)
    row = format_table(UPDATE_COLUMNS, [update]).splitlines()[1].split()
    assert row == ["1", "0", "32", "-", "-", "-", "-", "-", "-0.500", "3.000", "0.100", "0.01000"]


def test_how_far_a_step_went_is_a_dash_where_it_was_not_measured() -> None:
    row = format_table(UPDATE_COLUMNS, [replace(UPDATE, kl=None)]).splitlines()[1]
    assert row.split()[-2:] == ["0.125", "-"]


def test_every_column_is_explained_in_its_order() -> None:
    assert list(MEANINGS) == [column.header for column in UPDATE_COLUMNS]
    assert [line.split()[0] for line in format_meanings().splitlines()] == list(MEANINGS)
