"""Searches over the API, and their workers, log and audit."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from nas.storage.open import open_storage
from nas.storage.owner import current_owner
from nas.storage.records import NewSearch, TrialProgress, WorkerRecord


def names(client: TestClient, query: str) -> list[str]:
    answer = client.get(f"/api/v1/searches?{query}")
    assert answer.status_code == 200, answer.text
    return [search["name"] for search in answer.json()["data"]]


def test_newest_first_with_their_best(client: TestClient) -> None:
    answer = client.get("/api/v1/searches").json()
    second, first = answer["data"]
    assert (answer["count"], answer["next"]) == (2, None)
    assert (first["name"], first["state"], first["created"], first["failed"]) == ("first", "completed", 30, 3)
    assert second["strategy"] == "reinforce"
    trials = client.get("/api/v1/searches/first/trials?limit=1").json()["data"]
    assert first["best"]["number"] == trials[0]["number"]
    assert first["best"]["reward"] == trials[0]["reward"]
    assert not first["is_driven"]
    assert first["trials_per_hour"] == pytest.approx(30 / first["spent_seconds"] * 3600)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sort=name", ["first", "second"]),
        ("sort=-name", ["second", "first"]),
        ("sort=completed", ["second", "first"]),
        ("sort=-completed", ["first", "second"]),
        ("sort=created_at", ["first", "second"]),
        ("text=EVOL", ["first"]),
        ("text=second", ["second"]),
        ("text=nothing", []),
        ("state=completed&state=running", ["second", "first"]),
        ("state=running", []),
        ("driven=true", []),
        ("driven=false&text=irs", ["first"]),
    ],
)
def test_sorted_and_filtered(client: TestClient, query: str, expected: list[str]) -> None:
    assert names(client, query) == expected


@pytest.mark.parametrize("sort", ["name", "-name", "best", "-best", "-spent_seconds"])
def test_pages_join_to_the_whole(client: TestClient, sort: str) -> None:
    whole = names(client, f"sort={sort}")
    first = client.get(f"/api/v1/searches?sort={sort}&limit=1").json()
    assert [first["data"][0]["name"], *names(client, f"sort={sort}&limit=1&cursor={first['next']}")] == whole
    assert first["count"] == 2


def add_search(url: str, name: str) -> None:
    """Adds a search that nobody has driven yet."""
    with open_storage(url) as storage:
        config = storage.search("first").config
        storage.create_search(
            NewSearch(
                name, {**config, "name": name}, "toy", "random", "digits", "0" * 64, (1, 8, 8), 2, 0, 5, None
            )
        )


@pytest.mark.parametrize("sort", ["best", "-best"])
def test_a_search_without_a_result_stands_last(client: TestClient, searched: str, sort: str) -> None:
    add_search(searched, "empty")
    *with_result, last = names(client, f"sort={sort}")
    assert last == "empty"
    first = client.get(f"/api/v1/searches?sort={sort}&limit=2").json()
    assert names(client, f"sort={sort}&cursor={first['next']}") == ["empty"]
    rewards = [client.get(f"/api/v1/searches/{name}").json()["best"]["reward"] for name in with_result]
    assert rewards == sorted(rewards, reverse=sort == "-best")
    empty = client.get("/api/v1/searches/empty").json()
    assert (empty["best"], empty["trials_per_hour"], empty["state"]) == (None, None, "created")


@pytest.mark.parametrize(
    "query",
    [
        "sort=cost",
        "sort=--name",
        "limit=0",
        "limit=501",
        "limit=1e9",
        "cursor=!!",
        "state=gone",
        "sort=' OR 1=1",
    ],
)
def test_what_cannot_be_asked(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/v1/searches?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_cursor_of_another_order(client: TestClient) -> None:
    cursor = client.get("/api/v1/searches?sort=name&limit=1").json()["next"]
    assert client.get(f"/api/v1/searches?sort=-name&cursor={cursor}").status_code == 422


def test_one_search_with_its_configuration(client: TestClient) -> None:
    found = client.get("/api/v1/searches/first").json()
    assert found["config"]["budget"]["trials"] == 30
    assert "database" not in found["config"]
    assert found["failures"] == {"error": 3}
    assert found["trainings"] == []


def test_a_name_that_no_search_has_tells_no_place(client: TestClient) -> None:
    answer = client.get("/api/v1/searches/frist")
    assert answer.status_code == 404
    assert "Did you mean 'first'?" in answer.json()["detail"]
    assert "sqlite" not in answer.text


@pytest.mark.parametrize("name", ["-x", "%2e%2e", "a%0ab", "<script>", "a" * 81, "caf%C3%A9"])
def test_what_is_no_name(client: TestClient, name: str) -> None:
    answer = client.get(f"/api/v1/searches/{name}/workers")
    assert answer.status_code in (404, 422)
    assert "<script>" not in answer.text


@pytest.fixture
def driven(searched: str, client: TestClient) -> Iterator[TestClient]:
    """The search "first" is driven, and trains trial 30 on one worker."""
    with open_storage(searched) as storage:
        record = storage.search("first")
        lease = storage.acquire(record.search_id, current_owner(), seconds=60)
        busy = WorkerRecord("host:1:cpu", "node", memory_bytes=1000, started_at=1.0, beat_at=2.0)
        storage.record_progress(lease, list[TrialProgress](), [busy])
        yield client


def test_a_search_that_is_driven(driven: TestClient) -> None:
    assert names(driven, "driven=true") == ["first"]
    found = driven.get("/api/v1/searches/first").json()
    assert found["is_driven"]
    assert found["owner"].startswith("process ")


def test_workers(driven: TestClient) -> None:
    answer = driven.get("/api/v1/searches/first/workers").json()
    assert answer["count"] == 1
    assert answer["data"][0] == {
        "worker": "host:1:cpu",
        "node": "node",
        "number": None,
        "memory_bytes": 1000,
        "gpu_memory_bytes": None,
        "started_at": 1.0,
        "beat_at": 2.0,
    }


def test_events_from_the_first_and_from_the_last(client: TestClient) -> None:
    address, forth, back = "/api/v1/searches/first/events", list[int](), list[int]()
    page = client.get(f"{address}?after=0&limit=25").json()
    assert page["data"][0]["kind"] == "created"
    while True:
        forth += [event["id"] for event in page["data"]]
        if page["next"] is None:
            break
        page = client.get(f"{address}?after={page['next']}&limit=25").json()
    page = client.get(f"{address}?limit=20").json()
    while True:
        back += [event["id"] for event in page["data"]]
        if page["next"] is None:
            break
        page = client.get(f"{address}?cursor={page['next']}&limit=20").json()
    assert forth == sorted(set(forth))
    assert back == forth[::-1]


def test_audit_and_who_asks(client: TestClient) -> None:
    who = client.get("/api/v1/whoami").json()
    assert who["may_write"]
    audit = client.get("/api/v1/audit?limit=1").json()
    assert [(one["action"], one["search"], one["actor"]) for one in audit["data"]] == [
        ("create", "second", who["name"])
    ]
