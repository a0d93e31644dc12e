"""The columns in which searches, networks and full trainings are listed."""

from collections.abc import Mapping

from nas.objectives import ACCURACY, LATENCY, MACS, PARAMS, Objective
from nas.report.formats import (
    format_count,
    format_failures,
    format_milliseconds,
    format_percent,
    format_seconds,
    format_time,
)
from nas.report.ranking import Candidate, Ranking
from nas.report.statistics import wilson_interval
from nas.report.tables import Column
from nas.storage.records import SearchRecord, TrainingRecord
from search_spaces.space import Space
from workers.job import FailureKind

SEARCH_COLUMNS: tuple[Column[SearchRecord], ...] = (
    Column("name", "search", lambda search: search.name),
    Column("state", "state", lambda search: search.state.value),
    Column("completed", "done", lambda search: search.completed),
    Column("failed", "failed", lambda search: search.failed),
    Column("trial_budget", "of", lambda search: search.trial_budget),
    Column("best_number", "best trial", lambda search: search.best_number),
    Column("spent_seconds", "time spent", lambda search: search.spent_seconds, format_seconds),
    Column("space", "space", lambda search: search.space),
    Column("strategy", "strategy", lambda search: search.strategy),
    Column("dataset", "data set", lambda search: search.dataset),
    Column("created_at", "created", lambda search: search.created_at, format_time),
)

# The columns of a measure, by the name that objectives have for it.
MEASURE_COLUMNS: dict[str, Column[Candidate]] = {
    ACCURACY: Column(
        "validation_accuracy", "validation", lambda one: one.validation_accuracy, format_percent
    ),
    PARAMS: Column("parameters", "parameters", lambda one: one.parameters, format_count),
    MACS: Column("multiply_adds", "multiply-adds", lambda one: one.multiply_adds, format_count),
    LATENCY: Column("latency_ms", "latency", lambda one: one.latency_ms, format_milliseconds),
}
_REPEAT_COLUMNS: tuple[Column[Candidate], ...] = (
    Column("standard_error", "+- points", lambda one: one.standard_error, lambda error: f"{100 * error:.2f}"),
    Column("trainings", "of trainings", lambda one: one.count),
)

TRAINING_COLUMNS: tuple[Column[TrainingRecord], ...] = (
    Column("number", "trial", lambda training: training.number),
    Column("seed", "seed", lambda training: training.seed),
    Column(
        "test_accuracy", "test", lambda training: training.test_correct / training.test_total, format_percent
    ),
    Column("test_accuracy_low", "95 % from", lambda training: _interval(training)[0], format_percent),
    Column("test_accuracy_high", "to", lambda training: _interval(training)[1], format_percent),
    Column("train_images", "pictures", lambda training: training.train_images, format_count),
    Column("train_seconds", "training", lambda training: training.train_seconds, format_seconds),
    Column("device", "device", lambda training: training.device),
)


def _interval(training: TrainingRecord) -> tuple[float, float]:
    return wilson_interval(training.test_correct, training.test_total)


def search_columns(
    failures: Mapping[int, Mapping[FailureKind, int]],
) -> tuple[Column[SearchRecord], ...]:
    """Returns the columns of searches; `failures` says how many trials of a search, by its id, failed of what."""
    index = 1 + [column.key for column in SEARCH_COLUMNS].index("failed")
    of_what: Column[SearchRecord] = Column(
        "failures",
        "of what",
        lambda search: {kind.value: count for kind, count in failures.get(search.search_id, {}).items()},
        format_failures,
    )
    return (*SEARCH_COLUMNS[:index], of_what, *SEARCH_COLUMNS[index:])


def candidate_columns(space: Space, ranking: Ranking) -> tuple[Column[Candidate], ...]:
    """Returns the columns of networks of that space, its architecture by name where it has one.

    Front, reward and repeats have columns only where the search has several objectives, another reward than the
    accuracy, or repeats.
    """
    columns: list[Column[Candidate]] = [Column("number", "trial", lambda one: one.number)]
    if ranking.has_front:
        columns.append(Column("front", "front", lambda one: one.front + 1))
    columns.append(MEASURE_COLUMNS[ACCURACY])
    if ranking.repeats > 1:
        columns += _REPEAT_COLUMNS
    if ranking.objectives[0] != Objective(ACCURACY) or ranking.is_weighed:
        columns.append(Column("reward", "reward", lambda one: one.values[0], "{:.5g}".format))
    return (
        *columns,
        *(column for measure, column in MEASURE_COLUMNS.items() if measure != ACCURACY),
        Column("train_seconds", "training", lambda one: one.train_seconds, format_seconds),
        Column("architecture", "architecture", lambda one: space.text(one.architecture)),
    )


def front_columns(ranking: Ranking) -> tuple[Column[Candidate], ...]:
    """Returns the trial of a network on the front, and what it reaches in each objective."""
    number: Column[Candidate] = Column("number", "trial", lambda one: one.number)
    return (number, *(MEASURE_COLUMNS[objective.measure] for objective in ranking.objectives))
