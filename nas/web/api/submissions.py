"""What is handed in to be run: new searches, searches to go on with, networks to hand over. A queue runs them."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from nas.search.driven import is_driven
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord, SearchState, Submission, SubmissionKind, SubmissionState
from nas.trial import TrialState
from nas.web.access import MayWrite
from nas.web.api.configurations import checked
from nas.web.api.models.acts import NewExport, NewResume, NewSubmission, SubmissionAnswer
from nas.web.api.models.base import Page, problems
from nas.web.api.parameters import Before, Id, InState, Limit, SearchName
from nas.web.problems import Problem
from nas.web.service import Service, TheService

router = APIRouter(tags=["submissions"])

MOST_OPEN = 500
"""Submissions that may wait at once."""


@router.post("/searches", status_code=202, responses=problems(400, 409, 413, 415, 422))
def submit_search(
    service: TheService, actor: MayWrite, wanted: NewSubmission, response: Response
) -> SubmissionAnswer:
    """Puts a new search into the queue, checked by the models that read its file: 422 names every fault at once.

    `data.dataset` is one of the names that the server was given. 409 where the name is taken.
    """
    _check_taken_in(service)
    settings = service.settings
    config = checked(wanted.configuration, settings.datasets, on_cluster=settings.ray_address is not None)
    with service.readers.write() as storage:
        if any(record.name == config.name for record in storage.searches()):
            raise _conflict("Name taken", f"search {config.name!r} exists; choose another name")
        _check_free(storage, SubmissionKind.SEARCH, config.name)
        added = storage.add_submission(
            SubmissionKind.SEARCH, config.name, {**wanted.configuration, "name": config.name}, actor.name
        )
    return _accepted(added, response)


Longer = Annotated[NewResume, Body(openapi_examples={"longer": {"value": {"trials": 300}}})]


@router.post("/searches/{name}/resume", status_code=202, responses=problems(400, 404, 409, 413, 415, 422))
def submit_resume(
    service: TheService, actor: MayWrite, name: SearchName, wanted: Longer, response: Response
) -> SubmissionAnswer:
    """Puts into the queue that a search goes on where it stopped, with new budgets where they are given."""
    _check_taken_in(service)
    with service.readers.write() as storage:
        record = storage.search(name)
        if is_driven(record):
            raise _conflict("Running", f"search {name!r} is running; nothing is to be resumed")
        budget = wanted.model_dump(exclude_none=True)
        if record.state is SearchState.COMPLETED and not _is_longer(record, wanted):
            raise _conflict(
                "Completed", f"search {name!r} is completed; give trials or time beyond its budget"
            )
        _check_free(storage, SubmissionKind.RESUME, name)
        added = storage.add_submission(SubmissionKind.RESUME, name, budget, actor.name)
    return _accepted(added, response)


def _is_longer(record: SearchRecord, wanted: NewResume) -> bool:
    pairs = ((wanted.trials, record.trial_budget), (wanted.time, record.time_budget_seconds))
    return any(new is not None and (old is None or new > old) for new, old in pairs)


Best = Annotated[NewExport, Body(openapi_examples={"best": {"value": {}}, "one": {"value": {"number": 17}}})]


@router.post("/searches/{name}/exports", status_code=202, responses=problems(400, 404, 409, 413, 415, 422))
def submit_export(
    service: TheService, actor: MayWrite, name: SearchName, wanted: Best, response: Response
) -> SubmissionAnswer:
    """Puts into the queue that a network is trained in full and handed over, by default the best."""
    _check_taken_in(service)
    with service.readers.write() as storage:
        record = storage.search(name)
        _check_completed(storage, record, wanted.number)
        _check_room(storage)
        added = storage.add_submission(SubmissionKind.EXPORT, name, wanted.model_dump(), actor.name)
    return _accepted(added, response)


def _check_completed(storage: Storage, record: SearchRecord, number: int | None) -> None:
    if number is None:
        if not record.completed:
            raise _conflict("Nothing found", f"search {record.name!r}: expected a completed trial, got none")
    elif (state := storage.trial(record.search_id, number).state) is not TrialState.COMPLETED:
        raise _conflict(
            "Not completed",
            f"trial {number} of search {record.name!r}: expected a completed one, got one that is {state.value}",
        )


@router.get("/submissions", responses=problems(422))
def list_submissions(
    service: TheService, state: InState = None, before: Before = None, limit: Limit = 50
) -> Page[SubmissionAnswer]:
    """Lists what was handed in, the newest first. They are not counted."""
    with service.readers.read() as storage:
        found = storage.submissions(state=state, before=before, limit=limit)
    data = [SubmissionAnswer.model_validate(submission) for submission in found]
    following = str(data[-1].id) if len(data) == limit else None
    return Page[SubmissionAnswer](data=data, count=None, next=following)


@router.get("/submissions/{submission_id}", responses=problems(404, 422))
def get_submission(service: TheService, submission_id: Id) -> SubmissionAnswer:
    """Tells how far something is that was handed in, and what became of it."""
    with service.readers.read() as storage:
        return SubmissionAnswer.model_validate(storage.submission(submission_id))


@router.delete("/submissions/{submission_id}", responses=problems(404, 409, 422))
def cancel_submission(service: TheService, actor: MayWrite, submission_id: Id) -> SubmissionAnswer:
    """Takes something out of the queue; 409 once it has begun: a search is then stopped by a command."""
    with service.readers.write() as storage:
        return SubmissionAnswer.model_validate(storage.cancel_submission(submission_id, actor.name))


def _check_taken_in(service: Service) -> None:
    if service.settings.max_searches < 1:
        raise Problem(
            403,
            "Nothing is taken in",
            "this server runs no searches; `nas dashboard --max-searches 1` would, and `nas search` does anywhere",
        )


def _check_room(storage: Storage) -> list[Submission]:
    """Returns what waits; raises a `Problem` where the queue is full."""
    waiting = storage.submissions(state=SubmissionState.QUEUED, limit=MOST_OPEN)
    if len(waiting) >= MOST_OPEN:
        raise Problem(
            503, "Queue full", f"expected fewer than {MOST_OPEN} submissions to wait; try again later"
        )
    return waiting


def _check_free(storage: Storage, kind: SubmissionKind, name: str) -> None:
    """Raises a `Problem` where the queue is full, or has the same already."""
    running = storage.submissions(state=SubmissionState.RUNNING, limit=MOST_OPEN)
    open_ones = (*_check_room(storage), *running)
    same = next((one for one in open_ones if (one.kind, one.search) == (kind, name)), None)
    if same is not None:
        raise _conflict(
            "Handed in before", f"search {name!r} is {same.state.value} as submission {same.submission_id}"
        )


def _conflict(title: str, detail: str) -> Problem:
    return Problem(409, title, detail)


def _accepted(added: Submission, response: Response) -> SubmissionAnswer:
    response.headers["Location"] = f"/api/v1/submissions/{added.submission_id}"
    return SubmissionAnswer.model_validate(added)
