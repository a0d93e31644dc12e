"""What is kept of a process that has ended: its own words where it failed, else what is on record."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nas.storage.contract import Storage
from nas.storage.open import open_storage
from nas.storage.records import ExportRecord, Submission, SubmissionKind, SubmissionState
from nas.web.queue.endings import KILLED, LONGEST_MESSAGE, message_of
from nas.web.queue.places import Place

WELL, BADLY = '{"code": 0, "last_words": "wrote x"}', '{"code": 2, "last_words": "error: no room"}'


@pytest.fixture
def storage(searched: str) -> Iterator[Storage]:
    with open_storage(searched) as storage:
        yield storage


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "place")


def told(
    storage: Storage,
    place: Place,
    kind: SubmissionKind,
    ended: str = "",
    search: str = "first",
    target: str = "",
) -> str:
    files = {"ended.json": ended, "target": target}
    place.make([], {name: text for name, text in files.items() if text})
    return message_of(
        storage, Submission(1, kind, search, {}, SubmissionState.RUNNING, "me", 0.0, runner="x"), place
    )


def test_a_search_by_how_it_stands(storage: Storage, place: Place) -> None:
    told_of = told(storage, place, SubmissionKind.SEARCH, WELL)
    assert told_of == "search first is completed: 30 of 30 trials done"


def test_a_failure_by_its_own_words(storage: Storage, place: Place) -> None:
    assert told(storage, place, SubmissionKind.SEARCH, BADLY) == "error: no room"
    long = told(storage, place, SubmissionKind.RESUME, BADLY.replace("room", "r" * 3_000 + "oom"))
    assert (len(long), long[-4:]) == (LONGEST_MESSAGE, "room")


def test_a_failure_without_words(storage: Storage, place: Place) -> None:
    silent = '{"code": 137, "last_words": ""}'
    assert told(storage, place, SubmissionKind.RESUME, silent).startswith("search first is completed")


def test_an_end_that_nobody_saw(storage: Storage, place: Place) -> None:
    assert (
        told(storage, place, SubmissionKind.SEARCH, search="other") == f"{KILLED}; search other had not begun"
    )
    assert told(storage, place, SubmissionKind.EXPORT) == f"{KILLED}; nothing was handed over"


def test_a_network_by_where_it_is(storage: Storage, place: Place, tmp_path: Path) -> None:
    target = str(tmp_path / "exports" / "first-4")
    assert told(storage, place, SubmissionKind.EXPORT, WELL, target=target) == "nothing was handed over"
    storage.save_export(storage.search("first").search_id, ExportRecord(4, target))
    assert (
        told(storage, place, SubmissionKind.EXPORT, WELL, target=target) == "trial 4 is handed over: first-4"
    )
    assert told(storage, place, SubmissionKind.EXPORT, BADLY, target=target) == "error: no room"
