"""Records to rows and back. A row is a mapping from column to value, whether a database or a list of dicts holds it.

Columns have the names of the fields; what is no plain number or text is JSON. Every row that is to be written has
passed `checked`, so no database sees a value that another one would refuse.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from math import isfinite
from typing import Any

from nas.errors import StorageError
from nas.storage.names import check_name
from nas.storage.records import Checkpoint, NewSearch, SearchRecord, SearchState
from nas.storage.values import checked, error_text_end, finite_or_none, sha256, storable_text, to_json
from nas.trial import NewTrial, Origin, PolicyUpdate, Trial, TrialState
from search_spaces.architecture import Architecture
from workers.job import EpochMetrics, FailureKind, Outcome

Row = dict[str, Any]
AnyRow = Mapping[Any, Any]  # SQLAlchemy's rows take columns as keys besides their names

_NEVER_STORED = frozenset({"reward_variance", "lease_age_seconds"})
_SEARCH_FIELDS, TRIAL_FIELDS = (
    tuple(field.name for field in fields(record) if field.name not in _NEVER_STORED)
    for record in (SearchRecord, Trial)
)
_UPDATE_NUMBERS = ("version", "loss", "entropy", "gradient_norm", "kl", "imagined")
_UPDATE_SAMPLES = tuple(field.name for field in fields(PolicyUpdate) if field.name not in _UPDATE_NUMBERS)


# Searches


def search_row(search: NewSearch, now: float, uid: str) -> Row:
    """Returns the row of a search that nothing has happened to but its creation, without its id."""
    return checked(
        "nas_searches",
        {
            "name": check_name(search.name),
            "config": to_json(search.config),
            "space": storable_text(search.space),
            "strategy": storable_text(search.strategy),
            "dataset": storable_text(search.dataset),
            "dataset_fingerprint": storable_text(search.dataset_fingerprint),
            "image": to_json(search.image),
            "classes": search.classes,
            "seed": search.seed,
            "trial_budget": search.trial_budget,
            "time_budget_seconds": search.time_budget_seconds,
            "state": SearchState.CREATED.value,
            "event": 0,
            "created": 0,
            "completed": 0,
            "failed": 0,
            "spent_seconds": 0.0,
            "best_number": None,
            "best_reward": None,
            "created_at": now,
            "updated_at": now,
            "error_text": "",
            "epoch": 0,
            "owner": None,
            "lease_until": None,
            "renewed_at": None,
            "space_fingerprint": storable_text(search.space_fingerprint),
            "uid": uid,
            "writes": 0,
            "told": 0,
            "log": 1,
            "held": 0,
        },
    )


def read_search(row: AnyRow) -> SearchRecord:
    """Returns the record of a row of `nas_searches`; how old its lease is, where the row says so."""
    values = {column: row[column] for column in _SEARCH_FIELDS}
    age = row.get("lease_age_seconds")
    values["lease_age_seconds"] = None if age is None else max(age, 0.0)
    values["config"] = json.loads(values["config"])
    values["image"] = values["image"] and tuple(json.loads(values["image"]))
    values["state"] = SearchState(values["state"])
    values["held"] = bool(values["held"])
    return SearchRecord(**values)


# Trials


def trial_row(trial: NewTrial, search_id: int, number: int, event: int, now: float) -> Row:
    """Returns the row of a waiting trial, without its id."""
    return checked(
        "nas_trials",
        {
            "search_id": search_id,
            "number": number,
            "architecture": trial.proposal.architecture.to_json(),
            "canonical_key": trial.canonical_key,
            "seed": trial.seed,
            "state": TrialState.WAITING.value,
            "asked_event": event,
            "log_probability": trial.proposal.log_probability,
            "policy_version": trial.proposal.policy_version,
            "repeat": trial.proposal.repeat,
            "origin": trial.proposal.origin.value,
            "decision_log_probabilities": to_json(trial.proposal.decision_log_probabilities),
            "parent": trial.proposal.parent,
            "objectives": "[]",
            "attempts": 0,
            "infrastructure_failures": 0,
            "own_failures": 0,
            "train_seconds": 0.0,
            "curve": "[]",
            "error_text": "",
            "worker": "",
            "created_at": now,
        },
    )


def outcome_row(outcome: Outcome, reward: float | None, objectives: Sequence[float], now: float) -> Row:
    """Returns the columns that an outcome fills.

    A completed trial with a number that is not finite is refused. A failed one is kept without such numbers: they may
    well be what it failed of.
    """
    failure = outcome.failure
    if (failure is None) != (reward is not None):
        raise StorageError(
            f"outcome of trial {outcome.job_id}: expected either a reward or a failure, "
            f"got reward {reward} and failure {failure}"
        )
    if objectives and objectives[0] != reward:
        raise StorageError(
            f"outcome of trial {outcome.job_id}: expected its reward, {reward}, as the first of its objectives, "
            f"got {objectives}"
        )
    kept = (lambda measure: measure) if failure is None else finite_or_none
    return checked(
        "nas_trials",
        {
            "state": TrialState.FAILED.value if failure else TrialState.COMPLETED.value,
            "reward": reward,
            "objectives": to_json(objectives),
            "validation_accuracy": outcome.validation_accuracy if failure is None else None,
            "validation_loss": kept(outcome.validation_loss),
            "parameters": outcome.parameters,
            "multiply_adds": outcome.multiply_adds,
            "latency_ms": kept(outcome.latency_ms),
            "train_seconds": outcome.train_seconds,
            "curve": to_json(curve_points(outcome.curve, finite=failure is not None)),
            "failure": failure.value if failure else None,
            "error_text": error_text_end(outcome.error_text),
            "worker": storable_text(outcome.worker),
            "finished_at": now,
        },
    )


def curve_points(curve: Iterable[EpochMetrics], *, finite: bool) -> list[tuple[float | None, ...]]:
    """Returns the epochs as the columns of `nas_epochs`; only those whose numbers are all `finite`, if so asked."""
    points = [
        (point.epoch, point.train_loss, point.validation_loss, point.validation_accuracy, point.seconds)
        for point in curve
    ]
    return [point for point in points if not finite or all(isfinite(value or 0.0) for value in point)]


# A trial is read at every step of its life, and one of few.
_architecture = lru_cache(1024)(Architecture.from_json)


def read_trial(row: AnyRow) -> Trial:
    """Returns the record of a row of `nas_trials`."""
    return trial_of({column: row[column] for column in TRIAL_FIELDS})


def trial_of(values: Row) -> Trial:
    """Returns the record of a row that has the columns of a trial and no others; changes `values`."""
    values["architecture"] = _architecture(values["architecture"])
    values["state"] = TrialState(values["state"])
    values["origin"] = Origin(values["origin"])
    values["token"] = values["token"] or ""
    values["decision_log_probabilities"] = _read_tuple(values["decision_log_probabilities"])
    values["objectives"] = _read_tuple(values["objectives"])
    values["curve"] = tuple(EpochMetrics(*point) for point in _read_tuple(values["curve"]))
    values["failure"] = FailureKind(values["failure"]) if values["failure"] else None
    return Trial(**values)


def _read_tuple(text: str) -> tuple[Any, ...]:
    return () if text == "[]" else tuple(json.loads(text))


# Updates of the policy


def update_row(update: PolicyUpdate, search_id: int, event: int) -> Row:
    """Returns the row of an update that the tell with number `event` caused."""
    values = {name: getattr(update, name) for name in _UPDATE_NUMBERS}
    samples = to_json({name: getattr(update, name) for name in _UPDATE_SAMPLES})
    return checked("nas_updates", {"search_id": search_id, "event": event, "samples": samples, **values})


def read_update(row: AnyRow) -> PolicyUpdate:
    """Returns the record of a row of `nas_updates`."""
    values = {name: row[name] for name in _UPDATE_NUMBERS}
    values |= {name: tuple(samples) for name, samples in json.loads(row["samples"]).items()}
    return PolicyUpdate(**values)


# Checkpoints

CHECKPOINTS_KEPT = 3


def checkpoint_row(state: bytes, search_id: int, event: int, now: float) -> Row:
    """Returns the row of a strategy's state after `event`."""
    return checked(
        "nas_checkpoints",
        {"search_id": search_id, "event": event, "state": state, "sha256": sha256(state), "created_at": now},
    )


def damaged_events(kept: Iterable[AnyRow]) -> list[int]:
    """Returns the events of checkpoints whose checksum is wrong."""
    return [row["event"] for row in kept if sha256(row["state"]) != row["sha256"]]


def newest_sound(kept: Iterable[AnyRow]) -> Checkpoint | None:
    """Returns the first checkpoint whose checksum is right."""
    sound = (row for row in kept if sha256(row["state"]) == row["sha256"])
    newest = next(sound, None)
    return None if newest is None else Checkpoint(newest["event"], newest["state"])
