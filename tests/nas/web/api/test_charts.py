"""Charts over the API are what the views answer."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from fastapi.testclient import TestClient

from nas.web.readers import Readers
from nas.web.view.search_view import SearchView
from nas.web.view.views import Views


def view(url: str, name: str) -> SearchView:
    return Views(Readers(url)).of(name)


def plain(record: Any) -> Any:
    return json.loads(json.dumps(asdict(record)))


def test_each_chart_is_what_the_view_answers(client: TestClient, searched: str) -> None:
    first, second = view(searched, "first"), view(searched, "second")
    expected = {
        "first/charts/history?points=7": first.history(7),
        "first/charts/scatter": first.scatter("parameters", "validation_accuracy", 5000),
        "first/charts/scatter?x=train_seconds&y=reward&points=3": first.scatter("train_seconds", "reward", 3),
        "first/charts/decisions?windows=3": first.decisions(3),
        "first/charts/effects": first.effects(),
        "second/charts/policy?points=2": second.policy(2),
        "first/charts/policy": first.policy(1000),
    }
    for path, answer in expected.items():
        assert client.get(f"/api/v1/searches/{path}").json() == plain(answer), path


def test_forecast_of_a_search_that_has_ended(client: TestClient) -> None:
    found = client.get("/api/v1/searches/first/forecast").json()
    assert (found["ended"], found["trial_budget"], found["remaining_trials"]) == (30, 30, 0)
    assert found["reason"]


@pytest.mark.parametrize(
    "path",
    [
        "charts/history?points=0",
        "charts/history?points=10001",
        "charts/scatter?x=name",
        "charts/decisions?windows=501",
    ],
)
def test_what_cannot_be_drawn(client: TestClient, path: str) -> None:
    assert client.get(f"/api/v1/searches/first/{path}").status_code == 422


@pytest.mark.parametrize("chart", ["history", "scatter", "decisions", "effects", "policy"])
def test_of_no_search(client: TestClient, chart: str) -> None:
    assert client.get(f"/api/v1/searches/third/charts/{chart}").status_code == 404
