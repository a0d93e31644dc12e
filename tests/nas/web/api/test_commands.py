"""What is asked of the driver of a search: rows that it picks up, and who asked."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from nas.storage.contract import Storage
from nas.storage.open import open_storage
from nas.storage.owner import actor, current_owner
from nas.storage.records import Lease
from nas.web.api import commands
from nas.web.api.configurations import MOST_WORKERS
from search_spaces.architecture import Architecture

COMMANDS = "/api/v1/searches/first/commands"


@pytest.fixture
def driver(searched: str) -> Iterator[tuple[Storage, Lease]]:
    """This process drives the search "first"."""
    with open_storage(searched) as storage:
        yield storage, storage.acquire(storage.search("first").search_id, current_owner(), seconds=60)


def ask(client: TestClient, kind: str, **arguments: Any) -> Any:
    return client.post(COMMANDS, json={"kind": kind, "arguments": arguments})


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("stop", {}, {}),
        ("pause", {}, {}),
        ("resume", {}, {}),
        ("workers", {"count": 3}, {"count": 3}),
        ("budget", {"trials": 300}, {"trials": 300}),
        ("budget", {"time": 60}, {"time": 60.0}),
        ("budget", {"trials": None, "time": 0.5}, {"trials": None, "time": 0.5}),
        ("retry", {"number": 5}, {"number": 5}),
    ],
)
def test_the_driver_is_asked(
    client: TestClient,
    driver: tuple[Storage, Lease],
    kind: str,
    given: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    storage, lease = driver
    answer = ask(client, kind, **given)
    assert answer.status_code == 202, answer.text
    (command,) = storage.commands(lease.search_id, unanswered=True)
    assert (command.kind, command.arguments, command.issued_by) == (kind, expected, actor())
    assert answer.headers["location"] == f"{COMMANDS}/{command.command_id}"
    assert client.get(answer.headers["location"]).json()["answer"] is None
    storage.answer_command(lease, command.command_id, "done")
    assert client.get(answer.headers["location"]).json()["answer"] == "done"
    assert storage.audit(1)[0].actor == actor()


def test_an_architecture_is_added_as_the_driver_reads_it(
    client: TestClient, driver: tuple[Storage, Lease]
) -> None:
    storage, lease = driver
    tokens = client.get("/api/v1/searches/first/trials/3").json()["architecture"]["tokens"]
    assert ask(client, "add", architecture={"space": "toy", "tokens": tokens}).status_code == 202
    (command,) = storage.commands(lease.search_id)
    assert Architecture.from_json(str(command.arguments["architecture"])) == Architecture(
        "toy", tuple(tokens)
    )


@pytest.mark.parametrize(
    ("made_of", "words"),
    [
        ({"space": "cell", "tokens": [0]}, "expected space 'toy', got 'cell'"),
        ({"space": "toy", "tokens": [0]}, "expected 16 tokens, got 1"),
        ({"space": "toy", "tokens": [9] * 16}, "token 9 is not one of 0..1"),
    ],
    ids=["space", "length", "range"],
)
def test_an_architecture_of_another_space(
    client: TestClient, driver: tuple[Storage, Lease], made_of: dict[str, Any], words: str
) -> None:
    answer = ask(client, "add", architecture=made_of)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert driver[0].commands(driver[1].search_id) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"kind": "dance"}, 422),
        ({"kind": "pause", "arguments": {"count": 3}}, 422),
        ({"kind": "pause", "more": 1}, 422),
        ({"kind": "workers"}, 422),
        ({"kind": "workers", "arguments": {"count": 0}}, 422),
        ({"kind": "workers", "arguments": {"count": "3"}}, 422),
        ({"kind": "workers", "arguments": {"count": True}}, 422),
        ({"kind": "workers", "arguments": {"count": 10_001}}, 422),
        ({"kind": "workers", "arguments": {"count": MOST_WORKERS + 1}}, 422),
        ({"kind": "budget", "arguments": {}}, 422),
        ({"kind": "budget", "arguments": {"trials": 0}}, 422),
        ({"kind": "budget", "arguments": {"trials": None}}, 422),
        ({"kind": "retry", "arguments": {"number": 3}}, 409),
        ({"kind": "retry", "arguments": {"number": 99}}, 404),
        ({"kind": "retry", "arguments": {"number": 2**63}}, 422),
        ({"kind": "add", "arguments": {"architecture": {"space": "toy", "tokens": []}}}, 422),
        ({"kind": "add", "arguments": {"architecture": "toy:0.1"}}, 422),
        ([], 400),
    ],
    ids=[f"body{number}" for number in range(19)],
)
def test_what_cannot_be_asked(
    client: TestClient, driver: tuple[Storage, Lease], body: Any, status: int
) -> None:
    assert client.post(COMMANDS, json=body).status_code == status
    assert driver[0].commands(driver[1].search_id) == []


def test_nobody_is_there_to_hear(client: TestClient) -> None:
    answer = ask(client, "pause")
    assert answer.status_code == 409
    assert "got one that is completed" in answer.json()["detail"]
    assert client.get(COMMANDS).json() == {"data": [], "count": 0, "next": None}


def test_no_more_wait_than_may(
    client: TestClient, driver: tuple[Storage, Lease], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "MOST_OPEN", 2)
    storage, lease = driver
    assert [ask(client, "pause").status_code for _ in range(3)] == [202, 202, 429]
    storage.answer_command(lease, storage.commands(lease.search_id)[0].command_id, "done")
    assert ask(client, "pause").status_code == 202


def test_of_another_search(client: TestClient, driver: tuple[Storage, Lease]) -> None:
    number = ask(client, "pause").json()["id"]
    assert client.get(f"/api/v1/searches/second/commands/{number}").status_code == 404
    assert client.get(f"/api/v1/searches/second/commands/{number + 1}").status_code == 404
    assert client.post("/api/v1/searches/third/commands", json={"kind": "pause"}).status_code == 404


def test_newest_first(client: TestClient, driver: tuple[Storage, Lease]) -> None:
    asked = [ask(client, kind).json()["id"] for kind in ("pause", "resume", "stop")]
    first = client.get(f"{COMMANDS}?limit=2").json()
    rest = client.get(f"{COMMANDS}?limit=2&cursor={first['next']}").json()
    assert [one["id"] for one in (*first["data"], *rest["data"])] == asked[::-1]
    assert (first["count"], rest["next"]) == (3, None)
