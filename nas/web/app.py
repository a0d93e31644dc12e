"""The application: routes, what guards them, and what lives beside them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI
from starlette.concurrency import run_in_threadpool

import nas
from nas.web import docs, health, login
from nas.web.access import permitted
from nas.web.api import router as api
from nas.web.api import stream
from nas.web.api.documentation import document
from nas.web.assets import Assets
from nas.web.guard import Guard
from nas.web.metrics import route as metrics
from nas.web.metrics.requests import Timed
from nas.web.metrics.route import Metrics
from nas.web.pages import login as login_page
from nas.web.pages import router as pages
from nas.web.problems import add_handlers
from nas.web.service import Service
from nas.web.settings import WebSettings

STATIC = Path(__file__).parent / "static"

OPEN_ROUTERS: tuple[APIRouter, ...] = (health.router, login.router, login_page.router, docs.router)
"""Routes for everybody."""
ROUTERS: tuple[APIRouter, ...] = (
    metrics.router,
    stream.router,
    api.router,
    pages.router,
)
"""Routes for who may read or, by a method that changes something, write; those that do not say so themselves, too.

A router with a path that another one's pattern would match comes before it.
"""


def build_app(settings: WebSettings) -> FastAPI:
    """Returns the application; it opens the database with the first request, and its threads when it is started."""
    app = FastAPI(
        title="nas",
        version=nas.__version__,
        description="Searches for networks: what they found, live, and what can be asked of them.",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.service = Service.new(settings)
    app.state.metrics = Metrics(app.state.service)
    for router in OPEN_ROUTERS:
        app.include_router(router)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(permitted)])
    app.mount("/static", Assets(directory=STATIC), name="static")
    document(app)
    add_handlers(app)
    app.add_middleware(Guard, settings=settings)
    app.add_middleware(Timed, requests=app.state.metrics.requests)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    await run_in_threadpool(service.start)
    try:
        yield
    finally:
        await run_in_threadpool(service.close)
