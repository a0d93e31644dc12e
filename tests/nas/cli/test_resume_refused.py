"""`nas search --resume` of what cannot be taken up: one line, and the search is as it was."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from nas.storage.open import open_storage
from nas.storage.records import SearchRecord, SearchState
from nas.strategies.state import pack
from tests.nas.cli.calling import TINY, Call


def begun_earlier(database: str) -> None:
    """Takes the section on rewards out of the stored configuration, which earlier versions did not have."""
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection, connection:
        ((stored,),) = connection.execute("SELECT config FROM nas_searches")
        config = json.loads(stored)
        del config["reward"]
        connection.execute("UPDATE nas_searches SET config = ?", (json.dumps(config),))


def saved_by(strategy: str, **state: object) -> Callable[[str], None]:
    def save(database: str) -> None:
        with open_storage(database) as storage:
            lease = storage.acquire(storage.search("search").search_id, "test", seconds=10)
            storage.save_checkpoint(lease, pack(strategy, state))
            storage.release(lease, SearchState.COMPLETED)

    return save


def read(database: str) -> SearchRecord:
    with open_storage(database, read_only=True) as storage:
        return storage.search("search")


def search(call: Call, database: str, strategy: str) -> None:
    assert call("search", "--db", database, "--trials", 2, "--strategy", strategy, *TINY).code == 0


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (
            begun_earlier,
            "got one by the 'grid' of an earlier version, which proposed other networks; `nas show`",
        ),
        (saved_by("other"), "expected its own, got one of 'other'"),
        (saved_by("grid", index=2), "state of strategy 'grid': expected 'passed' in it, got index;"),
    ],
    ids=["earlier version", "another strategy's state", "state that lacks something"],
)
def test_budget_and_state_stay_where_a_search_cannot_go_on(
    call: Call, database: str, spoil: Callable[[str], None], expected: str
) -> None:
    search(call, database, "grid")
    spoil(database)
    before = read(database)
    refused = call("search", "--resume", "search", "--db", database, "--trials", 4)
    assert (refused.code, refused.out) == (3, "")
    assert refused.err.count("\n") == 1
    assert expected in refused.err
    after = read(database)
    assert (after.state, after.trial_budget) == (SearchState.COMPLETED, 2)
    assert (after.event, after.created, after.error_text) == (before.event, before.created, before.error_text)
    assert call("search", "--resume", "search", "--db", database).code == 0  # nothing is left to do
    for command in ("show", "leaderboard", "draw"):
        assert call(command, "search", "--db", database).code == 0


def test_random_search_of_an_earlier_version_goes_on(call: Call, database: str) -> None:
    search(call, database, "random")
    begun_earlier(database)
    resumed = call("search", "--resume", "search", "--db", database, "--trials", 3)
    assert resumed.code == 0, resumed.err
    assert "proposed differently" not in resumed.err
    assert read(database).completed == 3
