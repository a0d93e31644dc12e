"""The columns in which searches, trials and full trainings are listed."""

from nas.report.formats import format_count, format_percent, format_seconds, format_time
from nas.report.statistics import wilson_interval
from nas.report.tables import Column
from nas.storage.contract import SearchRecord, TrainingRecord
from nas.trial import Trial
from search_spaces.space import Space

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

TRIAL_COLUMNS: tuple[Column[Trial], ...] = (
    Column("number", "trial", lambda trial: trial.number),
    Column("state", "state", lambda trial: trial.state.value),
    Column("validation_accuracy", "validation", lambda trial: trial.validation_accuracy, format_percent),
    Column("parameters", "parameters", lambda trial: trial.parameters, format_count),
    Column("multiply_adds", "multiply-adds", lambda trial: trial.multiply_adds, format_count),
    Column("train_seconds", "training", lambda trial: trial.train_seconds, format_seconds),
    Column("failure", "failure", lambda trial: trial.failure.value if trial.failure else None),
)
"""What is known of a trial without its space."""

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


def trial_columns(space: Space) -> tuple[Column[Trial], ...]:
    """Returns the columns of a trial of that space, its architecture by name where it has one."""
    return (
        *TRIAL_COLUMNS,
        Column("architecture", "architecture", lambda trial: space.text(trial.architecture)),
    )
