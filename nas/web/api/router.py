"""All routes of the API that answer and are done; those that go on are in `nas.web.api.stream`."""

from fastapi import APIRouter

from nas.web.api import (
    architectures,
    audit,
    charts,
    commands,
    compare,
    downloads,
    drawings,
    exports,
    searches,
    submissions,
    trials,
)

router = APIRouter(prefix="/api/v1")
for part in (
    searches,
    downloads,
    trials,
    drawings,
    charts,
    commands,
    submissions,
    architectures,
    compare,
    exports,
    audit,
):
    router.include_router(part.router)
