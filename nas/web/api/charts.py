"""Charts: what is drawn on the page of a search, computed on the server from all its trials."""

from typing import Annotated

from fastapi import APIRouter, Query

from nas.web.api.models import charts as _explained  # noqa: F401 - gives the records below their documentation
from nas.web.api.models.base import problems
from nas.web.api.parameters import Points, SearchName, one_of
from nas.web.service import TheService
from nas.web.view.answers import Decisions, Effects, Forecast, History, PolicySeries, Scatter
from nas.web.view.query import MEASURES

router = APIRouter(prefix="/searches/{name}", tags=["charts"])

Across = Annotated[str, Query(pattern=one_of(MEASURES), description="The measure on the horizontal axis.")]
Up = Annotated[str, Query(pattern=one_of(MEASURES), description="The measure on the vertical axis.")]
Windows = Annotated[
    int, Query(ge=1, le=500, description="Into how many windows the trials are divided, at most.")
]


@router.get("/charts/history", responses=problems(404, 422))
def get_history(service: TheService, name: SearchName, points: Points = 1000) -> History:
    """Gives reward and best so far in the order in which trials ended, and the best so far of random search."""
    return service.views.of(name).history(points)


@router.get("/charts/scatter", responses=problems(404, 422))
def get_scatter(
    service: TheService,
    name: SearchName,
    x: Across = "parameters",
    y: Up = "validation_accuracy",
    points: Points = 5000,
) -> Scatter:
    """Gives one measure against another, and the trials that no other is better than in both."""
    return service.views.of(name).scatter(x, y, points)


@router.get("/charts/decisions", responses=problems(404, 422))
def get_decision_shares(service: TheService, name: SearchName, windows: Windows = 40) -> Decisions:
    """Gives how often each option of each decision was chosen over time: what the strategy has come to prefer."""
    return service.views.of(name).decisions(windows)


@router.get("/charts/effects", responses=problems(404, 422))
def get_effects(service: TheService, name: SearchName) -> Effects:
    """Gives how much higher the reward is with an operation than without, each with its interval."""
    return service.views.of(name).effects()


@router.get("/charts/policy", responses=problems(404, 422))
def get_policy(service: TheService, name: SearchName, points: Points = 1000) -> PolicySeries:
    """Gives how the updates of the policy went: loss, entropy, baseline, staleness; empty without a policy."""
    return service.views.of(name).policy(points)


@router.get("/forecast", responses=problems(404, 422))
def get_forecast(service: TheService, name: SearchName) -> Forecast:
    """Tells what the search has cost so far and when it ends, or why that cannot be told."""
    return service.views.of(name).forecast()
