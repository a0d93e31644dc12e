"""Trials side by side, decision by decision, and the cells of two of them in one drawing."""

from fastapi import APIRouter, Response

from nas.storage.contract import Storage
from nas.storage.records import SearchRecord
from nas.trial import Trial
from nas.web.api.drawings import DOCUMENTED, Whole, drawing, outline_of
from nas.web.api.lookups import space_of, trial_of
from nas.web.api.models.architectures import Compared, ComparisonAnswer, Difference
from nas.web.api.models.base import problems
from nas.web.api.parameters import TrialNames
from nas.web.api.trial_answers import trial_answer
from nas.web.problems import Problem
from nas.web.service import TheService
from search_spaces.drawing.difference import difference

router = APIRouter(prefix="/compare", tags=["architectures"])

Found = tuple[SearchRecord, Trial]


@router.get("", responses=problems(404, 422))
def compare_trials(service: TheService, trial: TrialNames) -> ComparisonAnswer:
    """Lays trials of one search or of several beside each other, and tells where their architectures differ."""
    with service.readers.read() as storage:
        found = _found(storage, trial)
    chosen = [space_of(record).describe(one.architecture) for record, one in found]
    decisions = [
        Difference(name=name, options=options, differs=len(set(options)) > 1)
        for name in dict.fromkeys(name for described in chosen for name in described)
        for options in [[described.get(name) for described in chosen]]
    ]
    return ComparisonAnswer(
        trials=[
            Compared(
                search=record.name, trial=trial_answer(one), text=space_of(record).text(one.architecture)
            )
            for record, one in found
        ],
        decisions=decisions,
        differences=sum(decision.differs for decision in decisions),
        is_same_function=len({one.canonical_key for _, one in found}) == 1,
    )


@router.get("/drawing.svg", responses={**DOCUMENTED, **problems(404, 409, 422)}, response_class=Response)
def draw_difference(service: TheService, trial: TrialNames, network: Whole = False) -> Response:
    """Draws two trials in one, with what only one of them has marked, and a legend."""
    if len(trial) != 2:
        raise Problem(
            422, "Not valid", f"query.trial: expected two trials to draw in one, got {len(trial)}; give two"
        )
    with service.readers.read() as storage:
        found = _found(storage, trial)
    one, other = (outline_of(record, each, whole=network) for record, each in found)
    return drawing(difference(one, other))


def _found(storage: Storage, names: list[str]) -> list[Found]:
    pairs = [name.rsplit(":", 1) for name in names]
    return [trial_of(storage, search, int(number)) for search, number in pairs]
