"""What is handed in to be run: it waits in the queue, with who handed it in."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from nas.storage.open import open_storage
from nas.storage.owner import actor, current_owner
from nas.storage.records import SubmissionKind
from nas.web.api import submissions
from nas.web.app import build_app
from nas.web.settings import WebSettings

API = "/api/v1"


@pytest.fixture
def client(web_settings: WebSettings) -> TestClient:
    """The service without its threads, so that what is handed in stays where it is."""
    return TestClient(build_app(web_settings), base_url="http://127.0.0.1")


def submit(client: TestClient, **configuration: Any) -> Any:
    return client.post(f"{API}/searches", json={"configuration": configuration})


def test_a_search_waits_in_the_queue(client: TestClient, searched: str) -> None:
    answer = submit(client, name="third", budget={"trials": 5})
    assert answer.status_code == 202, answer.text
    with open_storage(searched, read_only=True) as storage:
        (waiting,) = storage.submissions()
    assert (waiting.kind, waiting.search, waiting.state) == ("search", "third", "queued")
    assert waiting.arguments == {"name": "third", "budget": {"trials": 5}}
    assert waiting.submitted_by == actor()
    assert client.get(answer.headers["location"]).json() == answer.json()


def test_faults_are_told_at_once_and_nothing_waits(client: TestClient) -> None:
    answer = submit(client, name="third", budget={"trials": 0}, seed=-1)
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == [
        "body.configuration.seed",
        "body.configuration.budget.trials",
    ]
    assert client.get(f"{API}/submissions").json()["data"] == []


@pytest.mark.parametrize(
    "body", [{}, {"configuration": []}, {"configuration": {}, "more": 1}, {"configuration": None}]
)
def test_what_is_no_submission(client: TestClient, body: Any) -> None:
    assert client.post(f"{API}/searches", json=body).status_code == 422


def test_names_that_are_taken(client: TestClient) -> None:
    assert submit(client, name="first").status_code == 409
    assert submit(client, name="third").status_code == 202
    again = submit(client, name="third")
    assert again.status_code == 409
    assert "submission 1" in again.json()["detail"]
    assert client.delete(f"{API}/submissions/1").json()["state"] == "cancelled"
    assert submit(client, name="third").status_code == 202


def test_a_server_that_runs_nothing(web_settings: WebSettings) -> None:
    client = TestClient(build_app(replace(web_settings, max_searches=0)), base_url="http://127.0.0.1")
    for path, body in (
        ("searches", {"configuration": {"name": "third"}}),
        ("searches/first/resume", {"trials": 50}),
        ("searches/first/exports", {}),
    ):
        answer = client.post(f"{API}/{path}", json=body)
        assert answer.status_code == 403
        assert "--max-searches" in answer.json()["detail"]


def test_only_data_sets_that_the_server_names(web_settings: WebSettings) -> None:
    settings = replace(web_settings, datasets={"photos": "/srv/photos"})
    client = TestClient(build_app(settings), base_url="http://127.0.0.1")
    assert submit(client, name="third", data={"dataset": "/srv/photos"}).status_code == 422
    assert submit(client, name="third").status_code == 422  # the file's default is not one of them
    assert submit(client, name="third", data={"dataset": "photos"}).status_code == 202


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 409),
        ({"trials": 30}, 409),
        ({"trials": 31}, 202),
        ({"time": 60}, 202),
        ({"trials": 0}, 422),
        ({"time": -1}, 422),
        ({"count": 1}, 422),
    ],
)
def test_a_completed_search_goes_on_with_a_larger_budget(
    client: TestClient, body: dict[str, Any], status: int
) -> None:
    assert client.post(f"{API}/searches/first/resume", json=body).status_code == status
    waiting = client.get(f"{API}/submissions").json()["data"]
    assert [one["arguments"] for one in waiting] == ([body] if status == 202 else [])


@pytest.fixture
def driven(searched: str) -> Iterator[None]:
    with open_storage(searched) as storage:
        storage.acquire(storage.search("first").search_id, current_owner(), seconds=60)
        yield


def test_a_running_search_is_not_resumed(client: TestClient, driven: None) -> None:
    answer = client.post(f"{API}/searches/first/resume", json={"trials": 50})
    assert answer.status_code == 409
    assert "is running" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 202),
        ({"number": None}, 202),
        ({"number": 3}, 202),
        ({"number": 5}, 409),
        ({"number": 30}, 404),
        ({"number": -1}, 422),
    ],
)
def test_exports(client: TestClient, body: dict[str, Any], status: int) -> None:
    assert client.post(f"{API}/searches/first/exports", json=body).status_code == status
    waiting = client.get(f"{API}/submissions").json()["data"]
    assert [one["arguments"] for one in waiting] == (
        [{"number": body.get("number")}] if status == 202 else []
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("searches", {"configuration": {"name": "third"}}),
        ("searches/first/resume", {"trials": 90}),
        ("searches/first/exports", {}),
    ],
    ids=["search", "resume", "export"],
)
def test_no_more_waits_than_may_whatever_was_cancelled_meanwhile(
    path: str, body: dict[str, Any], client: TestClient, searched: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "MOST_OPEN", 3)
    with open_storage(searched) as storage:
        for number in range(3):
            storage.add_submission(SubmissionKind.EXPORT, "first", {"number": number}, "me@here")
        gone = storage.add_submission(SubmissionKind.EXPORT, "first", {}, "me@here")
        storage.cancel_submission(gone.submission_id, "me@here")
    answer = client.post(f"{API}/{path}", json=body)
    assert (answer.status_code, answer.json()["title"]) == (503, "Queue full")
    client.delete(f"{API}/submissions/1")
    assert client.post(f"{API}/{path}", json=body).status_code == 202


def test_newest_first_and_by_state(client: TestClient) -> None:
    for name in ("a", "b", "c"):
        submit(client, name=name)
    client.delete(f"{API}/submissions/2")
    first = client.get(f"{API}/submissions?limit=2").json()
    rest = client.get(f"{API}/submissions?limit=2&cursor={first['next']}").json()
    assert [one["search"] for one in (*first["data"], *rest["data"])] == ["c", "b", "a"]
    queued = client.get(f"{API}/submissions?state=queued").json()["data"]
    assert [one["search"] for one in queued] == ["c", "a"]


def test_what_has_begun_is_not_cancelled(client: TestClient, searched: str) -> None:
    submit(client, name="third")
    with open_storage(searched) as storage:
        storage.claim_submission(current_owner(), at_most=1)
    assert client.delete(f"{API}/submissions/1").status_code == 409
    assert client.delete(f"{API}/submissions/2").status_code == 404
    assert client.delete(f"{API}/submissions/{2**63}").status_code == 422
