"""The page of one trial: what was built, how it trained, what it cost, where it comes from, what went wrong."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from nas.report.formats import UNKNOWN
from nas.report.layers import LAYER_COLUMNS, network_sums
from nas.search.driven import is_driven
from nas.storage.records import SearchRecord
from nas.trial import TrialState
from nas.web.access import Actor, MayRead
from nas.web.api.parameters import Number, SearchName
from nas.web.pages.rendering import render
from nas.web.pages.spaces import find_graph
from nas.web.pages.standing import reward_shown
from nas.web.pages.trial_facts import TrialFacts, read_trial
from nas.web.service import TheService
from nas.web.view.space import space_of
from search_spaces.profile import LayerRow, layer_table

router = APIRouter(include_in_schema=False)

READ_ONLY = "Your token may only read."
BATCH = 64
"""Pictures of a usual step of training, for the sums of memory."""


@router.get("/searches/{name}/trials/{number}", response_class=HTMLResponse)
def trial(
    request: Request, service: TheService, actor: MayRead, name: SearchName, number: Number
) -> HTMLResponse:
    """Shows a trial."""
    view = service.views.of(name)
    with service.readers.read() as storage:
        event = storage.last_event(view.record.search_id)
        facts = read_trial(storage, view, number)
    _, shown = reward_shown(facts.record)
    return render(
        request,
        "trial.html",
        actor=actor,
        facts=facts,
        record=facts.record,
        trial=facts.trial,
        event=event,
        reward=shown(facts.trial.reward),
        retry_refusal=_retry_refusal(facts, actor),
        export_refusal=_export_refusal(facts, actor, service.settings.max_searches),
    )


@router.get("/searches/{name}/trials/{number}/layers", response_class=HTMLResponse)
def layers(
    request: Request, service: TheService, actor: MayRead, name: SearchName, number: Number
) -> HTMLResponse:
    """Shows what each layer costs: a part of the page, asked for when it is unfolded."""
    del actor
    with service.readers.read() as storage:
        record = storage.search(name)
        architecture = storage.trial(record.search_id, number).architecture
    graph = find_graph(record, space_of(record), architecture)
    return render(
        request,
        "_layers.html",
        columns=LAYER_COLUMNS,
        rows=[_cells(row) for row in layer_table(graph)] if graph else (),
        sums=network_sums(graph, BATCH) if graph else None,
        reason=_no_layers(record),
    )


def _cells(row: LayerRow) -> list[str]:
    values = [(column, column.value(row)) for column in LAYER_COLUMNS]
    return [UNKNOWN if value is None else column.show(value) for column, value in values]


def _no_layers(record: SearchRecord) -> str:
    """Returns why the layers of a network cannot be told."""
    if record.image is None:
        return "This search is of an older version, which did not keep the size of its pictures."
    return "The space of this search, or a plugin of it, is not to be had here as it was."


def _retry_refusal(facts: TrialFacts, actor: Actor) -> str:
    """Returns why the trial cannot be done again; empty where it can."""
    if not actor.may_write:
        return READ_ONLY
    if facts.trial.state is not TrialState.FAILED:
        return "Only a failed trial is retried."
    return "" if is_driven(facts.record) else "Nobody drives the search; resume it first."


def _export_refusal(facts: TrialFacts, actor: Actor, max_searches: int) -> str:
    """Returns why the network cannot be handed over; empty where it can."""
    if not actor.may_write:
        return READ_ONLY
    if facts.trial.state is not TrialState.COMPLETED:
        return "Only the network of a completed trial is handed over."
    return "" if max_searches else "This server runs nothing: it was started with --max-searches 0."
