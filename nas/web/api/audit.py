"""Who did what, and who asks."""

from fastapi import APIRouter

from nas.web.access import MayRead
from nas.web.api.models.base import Page, problems
from nas.web.api.models.searches import AuditAnswer, WhoAnswer
from nas.web.api.parameters import Limit
from nas.web.service import TheService

router = APIRouter(tags=["audit"])


@router.get("/audit", responses=problems(422))
def list_audit(service: TheService, limit: Limit = 100) -> Page[AuditAnswer]:
    """Lists what people and programs did, the newest first. They are not counted."""
    with service.readers.read() as storage:
        found = storage.audit(limit)
    data = [AuditAnswer.model_validate(record) for record in found]
    return Page[AuditAnswer](data=data, count=None)


@router.get("/whoami", responses=problems())
def who_am_i(actor: MayRead) -> WhoAnswer:
    """Tells who asks, as the audit would name them, and what they may do."""
    return WhoAnswer(name=actor.name, may_write=actor.may_write)
