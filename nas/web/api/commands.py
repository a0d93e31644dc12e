"""What is asked of the driver of a search, and what it answered: rows that it looks for every few seconds."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from nas.storage.records import Command, CommandKind
from nas.web.access import MayWrite
from nas.web.api.models.acts import AnyCommand, CommandAnswer
from nas.web.api.models.base import Page, problems
from nas.web.api.parameters import Before, Id, Limit, SearchName
from nas.web.api.requests import arguments_of, check_driven
from nas.web.problems import Problem
from nas.web.service import TheService

router = APIRouter(prefix="/searches/{name}/commands", tags=["acting"])

MOST_OPEN = 100
"""Commands to one search that may wait for its driver."""
EXAMPLES = {
    "pause": {"value": {"kind": "pause"}},
    "workers": {"value": {"kind": "workers", "arguments": {"count": 3}}},
    "budget": {"value": {"kind": "budget", "arguments": {"trials": 300}}},
    "add": {
        "value": {"kind": "add", "arguments": {"architecture": {"space": "cell", "tokens": [0, 3, 1, 2]}}}
    },
    "retry": {"value": {"kind": "retry", "arguments": {"number": 17}}},
}
Asked = Annotated[AnyCommand, Body(openapi_examples=EXAMPLES)]


@router.post("", status_code=202, responses=problems(400, 404, 409, 413, 415, 422))
def ask(
    service: TheService, actor: MayWrite, name: SearchName, command: Asked, response: Response
) -> CommandAnswer:
    """Asks the driver of a search for something; it answers within a few seconds, which `Location` shows.

    409 where nobody drives the search.
    """
    with service.readers.write() as storage:
        record = storage.search(name)
        check_driven(record)
        if len(storage.commands(record.search_id, unanswered=True)) >= MOST_OPEN:
            raise Problem(
                429,
                "Too many commands",
                f"expected fewer than {MOST_OPEN} to wait for the driver; try again later",
            )
        arguments = arguments_of(storage, record, command)
        added = storage.add_command(record.search_id, CommandKind(command.kind), actor.name, arguments)
    response.headers["Location"] = f"/api/v1/searches/{name}/commands/{added.command_id}"
    return CommandAnswer.model_validate(added)


@router.get("", responses=problems(404, 422))
def list_commands(
    service: TheService, name: SearchName, before: Before = None, limit: Limit = 50
) -> Page[CommandAnswer]:
    """Lists what was asked of the drivers of a search, the newest first."""
    asked = _commands(service, name)[::-1]
    wanted = [command for command in asked if before is None or command.command_id < before]
    data = [CommandAnswer.model_validate(command) for command in wanted[:limit]]
    following = str(data[-1].id) if len(wanted) > limit else None
    return Page[CommandAnswer](data=data, count=len(asked), next=following)


@router.get("/{command_id}", responses=problems(404, 422))
def get_command(service: TheService, name: SearchName, command_id: Id) -> CommandAnswer:
    """Gives one command with its answer, null until the driver has dealt with it."""
    found = next((one for one in _commands(service, name) if one.command_id == command_id), None)
    if found is None:
        raise Problem(
            404, "Not found", f"search {name!r}: expected a command of its own, got {command_id}; list them"
        )
    return CommandAnswer.model_validate(found)


def _commands(service: TheService, name: str) -> list[Command]:
    with service.readers.read() as storage:
        return storage.commands(storage.search(name).search_id)
