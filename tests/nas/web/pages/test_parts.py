"""Tests of parts of pages that need no browser: prices, what may be asked, what differs, what the audit answers."""

from dataclasses import replace
from time import time

import pytest
from fastapi.testclient import TestClient

from nas.storage.open import open_storage
from nas.storage.owner import current_owner
from nas.storage.records import AuditAction, CommandKind, SearchState, TokenScope
from nas.web.access import Actor
from nas.web.pages.actions import NOT_DRIVEN, READ_ONLY, RUNS_NOTHING, permitted
from nas.web.pages.audit import with_answers
from nas.web.pages.compare_searches import differing_settings
from search_spaces.architecture import Architecture
from search_spaces.registry import build_space

WRITER, READER = Actor("ann@host", TokenScope.WRITE), Actor("bob@host", TokenScope.READ)


def test_a_price_is_that_of_the_network(client: TestClient) -> None:
    space = build_space("toy", blocks=2)
    tokens = [0] * len(space.decisions)
    cost = space.price(Architecture("toy", tuple(tokens)), (1, 8, 8), 2)
    answer = client.get(f"/searches/first/price?tokens={'.'.join(map(str, tokens))}")
    assert answer.status_code == 200
    assert "multiply-adds" in answer.text
    assert f"{cost.parameters / 1000:.2f} k" in answer.text


@pytest.mark.parametrize("tokens", ["", "x", "0.0", "9999." * 15 + "9999", "-1", "0,0", "0" * 5])
def test_tokens_that_the_space_does_not_have(tokens: str, client: TestClient) -> None:
    answer = client.get("/searches/first/price", params={"tokens": tokens})
    assert answer.status_code == 200
    assert "not the choices of this search" in answer.text


def test_the_editor_begins_with_the_trial_that_is_named(client: TestClient, searched: str) -> None:
    with open_storage(searched, read_only=True) as storage:
        tokens = storage.trial(storage.search("first").search_id, 7).architecture.tokens
    text = client.get("/searches/first/hand?from=7").text
    starts = [part.partition('"')[0] for part in text.split('data-start="')[1:]]
    assert starts == list(map(str, tokens))
    assert client.get("/searches/first/hand?from=999").status_code == 404


def test_what_may_be_asked_follows_from_how_things_stand(searched: str) -> None:
    with open_storage(searched) as storage:
        stopped = storage.search("first")
        lease = storage.acquire(stopped.search_id, current_owner(), seconds=60)
        running = storage.search("first")
        storage.release(lease, SearchState.PAUSED)
    may = permitted(running, WRITER, 1)
    assert (may.driver, may.resume, may.export) == ("", "", "")
    may = permitted(stopped, WRITER, 0)
    assert (may.driver, may.resume, may.export) == (NOT_DRIVEN, RUNS_NOTHING, RUNS_NOTHING)
    assert "No trial is completed" in permitted(replace(stopped, best_number=None), WRITER, 1).export
    assert permitted(running, READER, 1).reasons == [READ_ONLY]
    assert permitted(stopped, WRITER, 0).reasons == [NOT_DRIVEN, RUNS_NOTHING]
    assert permitted(replace(running, state=SearchState.CREATED), WRITER, 1).reasons[1:] == [
        "It has not begun yet."
    ]


def test_only_settings_that_differ_are_laid_side_by_side(searched: str) -> None:
    with open_storage(searched, read_only=True) as storage:
        records = [storage.search(name) for name in ("first", "second", "first")]
    found = {one.path: one.values for one in differing_settings(records)}
    assert found == {
        "budget.trials": ("30", "20", "30"),
        "strategy.name": ("evolution", "reinforce", "evolution"),
        "strategy.settings.population": ("8", "-", "8"),
        "strategy.settings.sample": ("3", "-", "3"),
    }


def test_each_request_in_the_audit_has_its_own_answer(searched: str) -> None:
    with open_storage(searched) as storage:
        search_id = storage.search("first").search_id
        lease = storage.acquire(search_id, current_owner(), seconds=60)
        pause = storage.add_command(search_id, CommandKind.PAUSE, "ann@host")
        storage.add_command(search_id, CommandKind.WORKERS, "ann@host", {"count": 3})
        storage.answer_command(lease, pause.command_id, "paused")
        storage.release(lease, SearchState.PAUSED)
        asked = [one for one in storage.audit() if one.action == AuditAction.ASK]
        rows = with_answers(storage, asked)
        long_ago = with_answers(storage, [replace(asked[0], at=time() - 3600)])
        elsewhere = with_answers(storage, [replace(asked[0], search="gone")])
    assert [row.answer for row in rows] == ["not answered yet", "paused"]
    assert [row.answer for row in (*long_ago, *elsewhere)] == ["", ""]


@pytest.mark.parametrize(
    "path",
    ["/searches/nothing/trials/1", "/searches/first/trials/99", "/compare?search=first&search=nothing",
     "/compare?trial=first:1&trial=first:99", "/searches/nothing/actions", "/queue/7/row"],
)  # fmt: skip
def test_what_there_is_not_is_said_to_be_missing(path: str, client: TestClient) -> None:
    assert client.get(path, headers={"Accept": "text/html"}).status_code == 404


@pytest.mark.parametrize("path", ["/compare?trial=first&trial=first:1", "/compare?search=../x&search=first"])
def test_names_that_cannot_be_are_refused(path: str, client: TestClient) -> None:
    assert client.get(path).status_code == 422
