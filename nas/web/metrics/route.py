"""`/metrics`: all figures, as Prometheus reads them. Whoever may read the searches may read these."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from nas.web.metrics.requests import Requests
from nas.web.metrics.searches import Searches
from nas.web.service import Service

router = APIRouter(tags=["metrics"])


class Metrics:
    """The figures of one application, in a registry of its own."""

    def __init__(self, service: Service) -> None:
        self._registry = CollectorRegistry()
        self.requests = Requests(self._registry)
        ProcessCollector(registry=self._registry)
        self._registry.register(Searches(service))

    def text(self) -> bytes:
        """Returns all figures of this moment, in the text format of Prometheus."""
        return generate_latest(self._registry)


def the_metrics(request: Request) -> Metrics:
    """Returns the figures of the application that a request came to."""
    metrics: Metrics = request.app.state.metrics
    return metrics


@router.get("/metrics", include_in_schema=False)
def read_metrics(metrics: Annotated[Metrics, Depends(the_metrics)]) -> Response:
    """Returns the figures; Prometheus sends a token of the scope read where tokens are wanted."""
    return Response(metrics.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)
