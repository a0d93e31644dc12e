"""`/healthz`: the process lives. `/readyz`: it can answer, as the database does. Open to all: neither says more."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from nas.web.service import TheService

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """An answer that only says that there is one."""

    status: Literal["ok"] = "ok"


@router.get("/healthz")
async def healthz() -> Health:
    """Says that the process lives, whatever the database does and however many wait for it."""
    return Health()


@router.get("/readyz", responses={503: {"description": "The database does not answer."}})
def readyz(service: TheService) -> Health:
    """Says that requests can be answered; 503 while the database is away."""
    with service.readers.read() as storage:
        storage.searches()
    return Health()
