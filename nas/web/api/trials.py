"""Trials: the table of them, and everything about one."""

from typing import Annotated

from fastapi import APIRouter, Query

from nas.report.layers import network_sums
from nas.web.api.lookups import network_of, pictures_of, trial_of
from nas.web.api.models.architectures import LayerAnswer, LayersAnswer
from nas.web.api.models.base import Page, problems
from nas.web.api.models.trials import (
    AttemptAnswer,
    DecisionsAnswer,
    EpochAnswer,
    TrialAnswer,
    TrialDetail,
)
from nas.web.api.parameters import Number, SearchName
from nas.web.api.table import Filter
from nas.web.api.trial_answers import decisions_answer, summary_answer, trial_detail
from nas.web.service import TheService
from search_spaces.profile import layer_table

router = APIRouter(tags=["trials"])


@router.get("/searches/{name}/trials", responses=problems(404, 422))
def list_trials(service: TheService, name: SearchName, wanted: Filter) -> Page[TrialAnswer]:
    """Lists trials, filtered and sorted on the server, a page at a time."""
    view = service.views.of(name)
    page = view.table(wanted.query())
    with service.readers.read() as storage:
        found = storage.summaries_of(view.record.search_id, page.numbers)
    by_number = {summary.number: summary_answer(summary) for summary in found}
    data = [by_number[number] for number in page.numbers if number in by_number]
    return Page[TrialAnswer](data=data, count=page.count, next=page.next_cursor)


@router.get("/searches/{name}/trials/{number}", responses=problems(404, 422))
def get_trial(service: TheService, name: SearchName, number: Number) -> TrialDetail:
    """Gives one trial with why it failed, if it did."""
    with service.readers.read() as storage:
        _, trial = trial_of(storage, name, number)
    return trial_detail(trial)


@router.get("/searches/{name}/trials/{number}/attempts", responses=problems(404, 422))
def list_attempts(service: TheService, name: SearchName, number: Number) -> Page[AttemptAnswer]:
    """Lists the attempts at a trial, the first one first."""
    with service.readers.read() as storage:
        found = storage.attempts(storage.search(name).search_id, number)
    data = [AttemptAnswer.model_validate(attempt) for attempt in found]
    return Page[AttemptAnswer](data=data, count=len(data))


@router.get("/searches/{name}/trials/{number}/epochs", responses=problems(404, 422))
def list_epochs(service: TheService, name: SearchName, number: Number) -> Page[EpochAnswer]:
    """Gives the learning curve as far as it is known, of a trial in training as well."""
    with service.readers.read() as storage:
        found = storage.epochs(storage.search(name).search_id, number)
    data = [EpochAnswer.model_validate(epoch) for epoch in found]
    return Page[EpochAnswer](data=data, count=len(data))


@router.get("/searches/{name}/trials/{number}/decisions", responses=problems(404, 422))
def get_decisions(service: TheService, name: SearchName, number: Number) -> DecisionsAnswer:
    """Tells what was chosen for each decision, and how likely that was.

    Of a policy the probability of the whole draw is on record, not that of each decision. What the strategy had come to
    prefer by then is told by how often its trials just before chose the same.
    """
    with service.readers.read() as storage:
        record, trial = trial_of(storage, name, number)
        return decisions_answer(storage, record, trial)


Depth = Annotated[
    int | None, Query(ge=1, le=100, description="Sum up parts: 1 for the outermost, 2 for those in them.")
]
Batch = Annotated[
    int, Query(ge=1, le=1_000_000, description="Pictures at once, for the memory of activations.")
]


@router.get("/searches/{name}/trials/{number}/layers", responses=problems(404, 409, 422))
def get_layers(
    service: TheService, name: SearchName, number: Number, depth: Depth = None, batch: Batch = 32
) -> LayersAnswer:
    """Tells what each layer of the network takes, gives and costs."""
    with service.readers.read() as storage:
        record, trial = trial_of(storage, name, number)
    graph = network_of(record, trial)
    image, classes = pictures_of(record)
    return LayersAnswer.model_validate(
        {
            **network_sums(graph, batch),
            "title": f"trial {number} of {name}",
            "image": image,
            "classes": classes,
            "layers": [LayerAnswer.model_validate(row) for row in layer_table(graph, depth)],
        }
    )
