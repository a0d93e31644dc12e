"""The table of trials: as a part of the page of a search, and alone, where only the table changes."""

import time
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from nas.storage.records import SearchRecord
from nas.trial import Origin, TrialState
from nas.web.access import MayRead
from nas.web.api.parameters import SearchName
from nas.web.pages.rendering import render
from nas.web.pages.standing import reward_shown
from nas.web.pages.trial_table import BOUNDED, HEADINGS, MOST_PICKED, TableState, read_state
from nas.web.service import Service, TheService
from nas.web.view.space import Meaning

router = APIRouter(prefix="/searches/{name}", include_in_schema=False)


@router.get("/table")
def trial_table(request: Request, service: TheService, actor: MayRead, name: SearchName) -> HTMLResponse:
    """Returns the table alone; the address of the whole page with this table goes with it."""
    state = read_state(request)
    with service.readers.read() as storage:
        record = storage.search(name)
    answer = render(
        request,
        "_table.html",
        actor=actor,
        record=record,
        state=state,
        **table_context(service, record, state),
    )
    asked = state.search()
    answer.headers["HX-Push-Url"] = f"/searches/{name}{asked and f'?{asked}'}"
    return answer


def table_context(service: Service, record: SearchRecord, state: TableState) -> dict[str, Any]:
    """Returns what the table shows; raises `QueryError` for a cursor that is of another table."""
    view = service.views.of(record.name)
    page = view.table(state.query())
    with service.readers.read() as storage:
        found = {trial.number: trial for trial in storage.summaries_of(record.search_id, page.numbers)}
    reward_name, shown = reward_shown(record)
    trials = [found[number] for number in page.numbers if number in found]
    return {
        "table": page,
        "trials": trials,
        "columns": _columns(reward_name, has_latency=any(trial.latency_ms is not None for trial in trials)),
        "shown_reward": shown,
        "reward_name": reward_name,
        "operations": _operations(view.decisions_known),
        "states": tuple(TrialState),
        "origins": tuple(Origin),
        "bounded": BOUNDED,
        "most_picked": MOST_PICKED,
        "now": time.time(),
    }


def _columns(reward_name: str, *, has_latency: bool) -> dict[str, str]:
    """Returns the columns with their headings, without those that would say nothing."""
    left_out = {"validation_accuracy"} if reward_name == "accuracy" else set()
    if not has_latency:
        left_out.add("latency_ms")
    heading = reward_name.capitalize() if reward_name == "accuracy" else "Reward"
    return {
        key: heading if key == "reward" else words for key, words in HEADINGS.items() if key not in left_out
    }


def _operations(decisions: Sequence[Meaning]) -> list[str]:
    """Returns every option that some decision has, once, by name."""
    return sorted({option for decision in decisions for option in decision.options})
