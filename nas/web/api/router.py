"""All routes of the API that answer and are done; those that go on are in `nas.web.api.stream`."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

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


def _named(route: APIRoute) -> str:
    return route.name


router = APIRouter(prefix="/api/v1", generate_unique_id_function=_named)
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
