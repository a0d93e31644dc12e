"""Trials for views to look at, without a database."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from nas.config import SearchConfig
from nas.storage.owner import current_owner
from nas.storage.records import SearchRecord, SearchState, TrialSummary
from nas.trial import PolicyUpdate
from nas.web.view.columns import Columns, Intake, no_trials
from nas.web.view.search_view import SearchView
from nas.web.view.space import Meaning, meanings
from nas.web.view.state import Mark, State
from search_spaces.architecture import Architecture
from search_spaces.registry import build_space
from search_spaces.space import Space

TOY = build_space("toy", blocks=1)
FIRST = (0,) * len(TOY.decisions)
NO_RESULT: dict[str, Any] = {
    "reward": None,
    "validation_accuracy": None,
    "parameters": None,
    "multiply_adds": None,
}


def row(number: int, tokens: Sequence[int] = FIRST, **fields: Any) -> TrialSummary:
    """Returns a completed trial, ended at second 10 * number + 10, with the fields that are given."""
    values: dict[str, Any] = {
        "number": number,
        "state": "completed",
        "architecture": Architecture("toy", tuple(tokens)).to_json(),
        "canonical_key": f"{number:032x}",
        "origin": "strategy",
        "repeat": 0,
        "reward": 0.5,
        "validation_accuracy": 0.5,
        "parameters": 1000,
        "multiply_adds": 100_000,
        "latency_ms": None,
        "train_seconds": 8.0,
        "failure": None,
        "attempts": 1,
        "worker": "host7:1:cpu",
        "log_probability": None,
        "policy_version": None,
        "told_event": 2 * number + 2,
        "created_at": 10.0 * number,
        "started_at": 10.0 * number,
        "finished_at": 10.0 * number + 10.0,
    }
    return TrialSummary(**values | fields)


def failed(number: int, **fields: Any) -> TrialSummary:
    """Returns a trial that failed."""
    return row(number, **{**NO_RESULT, "state": "failed", "failure": "diverged", **fields})


def running(number: int, **fields: Any) -> TrialSummary:
    """Returns a trial that has not ended."""
    return row(number, **{**NO_RESULT, "state": "running", "told_event": None, "finished_at": None, **fields})


def columns_of(rows: Iterable[TrialSummary]) -> Columns:
    """Returns the columns of trials."""
    return Intake().grown(no_trials(), list(rows))


def meanings_of(space: Space | None, columns: Columns) -> tuple[Meaning, ...]:
    """Returns what the tokens of these columns stand for."""
    return meanings(space, tuple(columns.tokens.max(axis=0).tolist()) if len(columns.tokens) else ())


def record(name: str = "toy", **fields: Any) -> SearchRecord:
    """Returns a search that this process drives."""
    config = SearchConfig.model_validate(
        {"name": name, "space": {"name": "toy", "settings": {"blocks": 1}}, "budget": {"trials": 100}}
    )
    found = SearchRecord(
        search_id=1,
        name=name,
        config=config.stored(),
        space="toy",
        strategy="random",
        dataset="digits",
        dataset_fingerprint="f" * 64,
        image=(1, 8, 8),
        classes=10,
        seed=0,
        trial_budget=100,
        time_budget_seconds=None,
        state=SearchState.RUNNING,
        event=1,
        created=0,
        completed=0,
        failed=0,
        spent_seconds=0.0,
        best_number=None,
        created_at=0.0,
        updated_at=0.0,
        owner=current_owner(),
        lease_age_seconds=0.0,
    )
    return replace(found, **fields)


class Nothing:
    """No other searches and no policy."""

    def find(self, name: str) -> SearchView | None:
        return None

    def updates(self, search_id: int, points: int) -> list[PolicyUpdate]:
        return []


def view_of(rows: Iterable[TrialSummary], space: Space | None = TOY, **fields: Any) -> SearchView:
    """Returns the view of a search with these trials."""
    columns = columns_of(rows)
    mark = Mark(1, log=0, event=1, created=len(columns))
    return SearchView(record(**fields), State(mark, columns, space, meanings_of(space, columns)), Nothing())
