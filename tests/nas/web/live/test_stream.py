"""A stream as a client hears it, over a real server: replay, then what is new; what ends it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from nas.storage.open import open_storage
from nas.web.live import follower, stream
from tests.faults.scenes import wait_until
from tests.nas.web.live.listening import Heard, listened, until
from tests.nas.web.live.writing import saying

PATH = "/api/v1/searches/first/stream"
GUARD_SECONDS = 60


@contextmanager
def listening(address: str, **headers: str) -> Iterator[Iterator[Heard]]:
    with httpx.stream("GET", address, headers=headers, timeout=GUARD_SECONDS) as response:
        assert response.status_code == 200, response.read()
        with closing(listened(response.iter_lines())) as heard:
            yield heard


def newest_event(url: str) -> int:
    with open_storage(url, read_only=True) as storage:
        return storage.last_event(1)


def hear(heard: Iterator[Heard], event: str) -> Heard:
    return next(one for one in heard if one.event == event)


def test_what_kind_of_answer_it_is(served: str) -> None:
    with httpx.stream("GET", served + PATH) as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        assert "content-length" not in response.headers
        assert until(response.iter_lines(), "ready")[0].data == {}


def test_all_is_replayed_and_then_what_is_new(served: str, searched: str) -> None:
    newest = newest_event(searched)
    with listening(f"{served}{PATH}?after=0") as heard:
        replayed = [next(heard) for _ in range(newest + 1)]
        assert replayed[0].event == "ready"
        assert [one.place for one in replayed] == [str(place) for place in range(newest + 1)]
        with saying(searched) as say:
            say("one\nline\rand <b>another</b>")
            assert [next(heard).event, next(heard).data["text"]] == ["taken", "one\nline\rand <b>another</b>"]
        released = next(heard)
    assert (released.event, released.data["search"]["state"]) == ("released", "paused")
    assert max(one.size for one in replayed) < 1024


@pytest.mark.parametrize("how", ["nothing", "after", "header"])
def test_where_it_goes_on(how: str, served: str, searched: str) -> None:
    newest = newest_event(searched)
    query, headers, first = {
        "nothing": ("", {}, newest),
        "after": (f"?after={newest - 3}", {}, newest - 3),
        "header": ("?after=1", {"Last-Event-ID": str(newest - 2)}, newest - 2),
    }[how]
    with listening(f"{served}{PATH}{query}", **headers) as heard:
        assert next(heard) == ("ready", str(first), {}, pytest.approx(30, abs=20))
        with saying(searched) as say:
            say("here")
            noted = hear(heard, "noted")
    assert (noted.place, noted.data["text"]) == (str(newest + 2), "here")


def test_two_who_follow_hear_the_same(served: str, searched: str) -> None:
    with listening(served + PATH) as one, listening(served + PATH) as other, saying(searched) as say:
        for text in ("a", "b", "c"):
            say(text)
        notes = [[hear(heard, "noted") for _ in range(3)] for heard in (one, other)]
    assert notes[0] == notes[1]
    assert [note.data["text"] for note in notes[0]] == ["a", "b", "c"]


def test_an_id_that_never_was_is_told_as_a_gap(served: str, searched: str) -> None:
    newest = newest_event(searched)
    with listening(f"{served}{PATH}?after={newest + 1000}") as heard:
        assert hear(heard, "gap").data == {"first": newest + 1}
        with saying(searched):
            taken = next(heard)
    assert (taken.event, taken.place) == ("taken", str(newest + 1))


def test_events_that_are_kept_no_longer_are_told_as_a_gap(served: str, searched: str) -> None:
    drop_events(searched, 20)
    with listening(f"{served}{PATH}?after=5") as heard:
        events = [next(heard) for _ in range(3)]
    assert [one.place for one in events] == ["5", "20", "21"]
    assert events[:2] == [("ready", "5", {}, events[0].size), ("gap", "20", {"first": 21}, events[1].size)]


def drop_events(url: str, to: int) -> None:
    """Does what storage does with those of a search of hundreds of thousands."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("DELETE FROM nas_events WHERE search_id = 1 AND event_id <= ?", (to,))
        connection.commit()


def test_a_database_that_goes_away_and_comes_back(
    served: str, searched: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "AWAY_SECONDS", 0.1)
    file = Path(searched.removeprefix("sqlite:///"))
    with listening(served + PATH) as one, listening(f"{served}/api/v1/stream") as all_:
        assert hear(one, "ready").place == str(newest_event(searched))
        assert hear(all_, "search").data["name"] == "first"
        file.rename(file.with_suffix(".elsewhere"))
        assert [hear(one, "away").data, hear(all_, "away").data] == [{}, {}]
        file.with_suffix(".elsewhere").rename(file)
        assert [hear(one, "back").data, hear(all_, "back").data] == [{}, {}]
        with saying(searched):
            assert next(one).event == "taken"
            assert hear(all_, "search").data["state"] == "running"


def test_an_entry_that_cannot_be_read_is_no_end_of_following(
    served: str, searched: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "AWAY_SECONDS", 0.1)
    with (
        listening(served + PATH) as heard,
        closing(sqlite3.connect(searched.removeprefix("sqlite:///"))) as db,
    ):
        place = int(hear(heard, "ready").place)
        with db:
            db.execute(
                "INSERT INTO nas_events (search_id, event_id, kind, text, at) VALUES (1, ?, 'noted', X'80', 0)",
                (place + 1,),
            )
        assert hear(heard, "away").data == {}
        with db:
            db.execute("DELETE FROM nas_events WHERE text = X'80'")
        assert hear(heard, "back").data == {}


def test_how_all_searches_stand(served: str, searched: str) -> None:
    with listening(f"{served}/api/v1/stream") as heard:
        assert [next(heard).event for _ in range(3)] == ["ready", "search", "search"]
        with saying(searched, "second"):
            running = next(heard)
        paused = next(heard)
    assert (running.event, running.data["name"], running.data["state"]) == ("search", "second", "running")
    assert (running.data["done"], running.data["of"], running.data["driven"]) == (20, 20, True)
    assert (paused.data["state"], paused.data["driven"]) == ("paused", False)


def test_they_are_told_in_the_order_of_their_making(served: str) -> None:
    with listening(f"{served}/api/v1/stream") as heard:
        names = [hear(heard, "search").data["name"] for _ in range(2)]
    assert names == ["first", "second"]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v1/searches/nothing/stream", {}, 404),
        (f"{PATH}?after=-1", {}, 422),
        (f"{PATH}?after={2**63}", {}, 422),
        (f"{PATH}?after=1e3", {}, 422),
        (PATH, {"Last-Event-ID": "x"}, 422),
        (PATH, {"Last-Event-ID": "-4"}, 422),
    ],
)
def test_what_is_refused(path: str, headers: dict[str, str], status: int, served: str) -> None:
    found = httpx.get(served + path, headers=headers)
    assert (found.status_code, found.json()["status"]) == (status, status)


def test_without_a_database(served: str, searched: str) -> None:
    Path(searched.removeprefix("sqlite:///")).unlink()
    found = httpx.get(served + PATH)
    assert (found.status_code, "Retry-After" in found.headers) == (503, True)


def test_not_more_follow_than_may(served: str, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "MOST_CLIENTS", 2)
    with listening(served + PATH) as one, listening(f"{served}/api/v1/stream") as all_:
        hear(one, "ready"), hear(all_, "ready")
        for path in (PATH, "/api/v1/stream"):
            refused = httpx.get(served + path)
            assert (refused.status_code, refused.json()["title"]) == (503, "Too many streams")
            assert int(refused.headers["Retry-After"]) > 0
    wait_until(lambda: app.state.service.live.clients == 0, "clients to leave")
    with listening(served + PATH) as heard:
        assert next(heard).event == "ready"


def test_a_client_that_hangs_up_is_forgotten(served: str, app: FastAPI) -> None:
    live = app.state.service.live
    with listening(served + PATH) as heard:
        assert next(heard).event == "ready"
        assert live.clients == 1
    wait_until(lambda: live.clients == 0, "the client to leave")
    assert live._channels == {}


def test_all_streams_end_with_the_service(served: str, app: FastAPI) -> None:
    with listening(served + PATH) as one, listening(f"{served}/api/v1/stream") as all_:
        assert [next(one).event, next(all_).event] == ["ready", "ready"]
        app.state.service.stop_streams()
        assert [list(one)[-1].event, list(all_)[-1].event] == ["bye", "bye"]


def test_a_silent_stream_beats(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.1)
    with httpx.stream("GET", served + PATH, timeout=GUARD_SECONDS) as response:
        lines = response.iter_lines()
        until(lines, "ready")
        assert [next(lines) for _ in range(4)] == [":", "", ":", ""]


def test_nothing_is_read_while_nobody_follows(served: str, app: FastAPI, searched: str) -> None:
    """What is there to be read is not even there."""
    Path(searched.removeprefix("sqlite:///")).unlink()
    time.sleep(3 * follower.LOOK_SECONDS)
    assert not app.state.service.live.is_away
