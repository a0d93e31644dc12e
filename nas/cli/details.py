"""One search, or one trial, in full: as text for a person and as JSON for a program."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import NamedTuple

from nas.cli.options import terminal_width
from nas.cli.overview import closing_summary, read_summary, trial_outline
from nas.config import restore_config
from nas.report.columns import SEARCH_COLUMNS, TRAINING_COLUMNS
from nas.report.curves import progress_line
from nas.report.digest import state_digest
from nas.report.formats import format_count, format_milliseconds, format_percent, format_seconds, format_time
from nas.report.summary import summary_as_json
from nas.report.tables import Column, as_json, format_table, known_columns
from nas.report.updates import UPDATE_COLUMNS, format_meanings
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord
from nas.trial import Trial
from search_spaces.drawing.text import draw_text
from search_spaces.space import Decision
from workers.job import EpochMetrics

EPOCH_COLUMNS: tuple[Column[EpochMetrics], ...] = (
    Column("epoch", "epoch", lambda point: point.epoch),
    Column("train_loss", "training loss", lambda point: point.train_loss, "{:.4f}".format),
    Column("validation_loss", "validation loss", lambda point: point.validation_loss, "{:.4f}".format),
    Column("validation_accuracy", "validation", lambda point: point.validation_accuracy, format_percent),
    Column("seconds", "time", lambda point: point.seconds, format_seconds),
)


class Chosen(NamedTuple):
    """What a trial chose for one decision."""

    decision: Decision
    token: int
    log_probability: float | None


DECISION_COLUMNS: tuple[Column[Chosen], ...] = (
    Column("decision", "decision", lambda one: one.decision.name),
    Column("option", "chosen", lambda one: one.decision.options[one.token]),
    Column(
        "probability",
        "probability",
        lambda one: None if one.log_probability is None else math.exp(min(one.log_probability, 0.0)),
        format_percent,
    ),
    Column("uniform", "uniform", lambda one: 1 / len(one.decision.options), format_percent),
)

# Label -> what stands behind it; a fact that is not known is left out.
TRIAL_FACTS: dict[str, Callable[[Trial], str | None]] = {
    "state": lambda trial: trial.state.value,
    "validation accuracy": lambda trial: _known(trial.validation_accuracy, format_percent),
    "validation loss": lambda trial: _known(trial.validation_loss, "{:.4f}".format),
    "parameters": lambda trial: _known(trial.parameters, format_count),
    "multiply-adds": lambda trial: _known(trial.multiply_adds, format_count),
    "latency": lambda trial: _known(trial.latency_ms, format_milliseconds),
    "training": lambda trial: format_seconds(trial.train_seconds),
    "finished": lambda trial: _known(trial.finished_at, format_time),
    "worker": lambda trial: trial.worker or None,
    "seed": lambda trial: str(trial.seed),
    "repeat": lambda trial: str(trial.repeat) if trial.repeat else None,
    "attempts": lambda trial: str(trial.attempts),
    "reward": lambda trial: _known(trial.reward, "{:.5g}".format),
    "objectives": lambda trial: ", ".join(f"{value:.5g}" for value in trial.objectives) or None,
    "baseline": lambda trial: _known(trial.baseline, "{:.4f}".format),
    "log-probability": lambda trial: _known(trial.log_probability, "{:.3f}".format),
    "policy version": lambda trial: _known(trial.policy_version, str),
    "parent": lambda trial: _known(trial.parent, "trial {}".format),
    "failure": lambda trial: trial.failure.value if trial.failure else None,
}


def search_details(storage: Storage, name: str, database: str) -> str:
    """Returns how a search stands, how it went, and its summary where it has found something."""
    record = storage.search(name)
    parts = [_standing(record), _progress(storage, record)]
    trainings = storage.trainings(record.search_id)
    if trainings:
        parts.append(format_table(TRAINING_COLUMNS, trainings))
    if record.completed:
        parts.append(closing_summary(storage, name, database))
    return "\n\n".join(parts)


def search_as_json(storage: Storage, name: str, database: str) -> str:
    """Returns a search with its configuration, companions, full trainings and hand-overs."""
    record = storage.search(name)
    summary = read_summary(storage, name, database)
    (search,) = as_json(SEARCH_COLUMNS, [replace(record, best_number=summary.number)])
    return json.dumps(
        {
            **search,
            "failures": storage.failures(record.search_id),
            "state_digest": state_digest(storage, record),
            "config": record.config,
            **summary_as_json(summary),
            "trainings": as_json(TRAINING_COLUMNS, storage.trainings(record.search_id)),
            "exports": [asdict(export) for export in storage.exports(record.search_id)],
        }
    )


def trial_details(storage: Storage, name: str, number: int, database: str) -> str:
    """Returns the facts of a trial, its architecture, its learning curve, and why it failed."""
    record = storage.search(name)
    trial = storage.trial(record.search_id, number)
    facts = {label: fact for label, read in TRIAL_FACTS.items() if (fact := read(trial)) is not None}
    width = max(map(len, facts))
    parts = [
        f"Trial {number} of search {name}",
        "\n".join(f"{label:<{width}}  {fact}" for label, fact in facts.items()),
        draw_text(trial_outline(record, trial, database), terminal_width()),
    ]
    if trial.curve:
        parts.append(format_table(EPOCH_COLUMNS, trial.curve))
    if trial.error_text:
        parts.append(trial.error_text.rstrip())
    space = restore_config(record.config, database).space.load()
    return "\n\n".join((*parts, f"architecture {space.text(trial.architecture)}"))


def decision_details(storage: Storage, name: str, number: int, database: str) -> str:
    """Returns what a trial chose for each decision, and how likely its policy found that, where it had one."""
    record = storage.search(name)
    trial = storage.trial(record.search_id, number)
    space = restore_config(record.config, database).space.load()
    space.validate(trial.architecture)
    tokens = trial.architecture.tokens
    known = trial.decision_log_probabilities or (None,) * len(tokens)
    chosen = [Chosen(*row) for row in zip(space.decisions, tokens, known, strict=True)]
    return format_table(known_columns(DECISION_COLUMNS, chosen), chosen)


def trial_as_json(storage: Storage, name: str, number: int, database: str) -> str:
    """Returns every field of a trial, and its decisions by name."""
    record = storage.search(name)
    trial = storage.trial(record.search_id, number)
    space = restore_config(record.config, database).space.load()
    return json.dumps({**asdict(trial), "decisions": space.describe(trial.architecture)})


def update_details(storage: Storage, name: str) -> str:
    """Returns every step of a search's policy, and what the columns say."""
    record = storage.search(name)
    updates = storage.updates(record.search_id)
    if not updates:
        return f"{name}: strategy {record.strategy} has taken no step of a policy"
    return f"{format_table(UPDATE_COLUMNS, updates)}\n\n{format_meanings()}"


def updates_as_json(storage: Storage, name: str) -> str:
    """Returns every step of a search's policy with everything needed to compute it again."""
    return json.dumps([asdict(update) for update in storage.updates(storage.search(name).search_id)])


def _progress(storage: Storage, record: SearchRecord) -> str:
    """Returns the best so far in what the search puts first."""
    reward = restore_config(record.config).reward
    trials = storage.trials(record.search_id)
    return progress_line(trials, terminal_width(), reward.parsed[0], is_weighed=reward.weighs_first)


def _standing(record: SearchRecord) -> str:
    """Returns what a search is and does, and why it stopped where it did not end well."""
    why = f"\n{record.error_text}" if record.error_text else ""
    return (
        f"{record.name} is {record.state.value}: {record.strategy} in space {record.space} on {record.dataset}, "
        f"seed {record.seed}, since {format_time(record.created_at)}{why}"
    )


def _known(value: float | None, show: Callable[[float], str]) -> str | None:
    return None if value is None else show(value)
