"""Views of real searches in real databases: what they say, how they keep up, and that they are of one moment."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pytest

from nas.chaos.driver import Drive, drive_search
from nas.errors import StorageError, UnknownSearchError
from nas.storage.open import open_storage
from nas.storage.records import SearchState
from nas.trial import TrialState
from nas.web.readers import Readers
from nas.web.view import views as module
from nas.web.view.query import TableQuery
from nas.web.view.search_view import SearchView
from nas.web.view.views import Views
from tests.nas.web.searches import drive


@pytest.fixture
def readers(searched: str) -> Iterator[Readers]:
    readers = Readers(searched)
    yield readers
    readers.close()


def lengthen(url: str, name: str, trials: int) -> None:
    """Gives a search a budget of so many trials."""
    with open_storage(url) as storage:
        lease = storage.acquire(storage.search(name).search_id, "here:1:x", seconds=60)
        storage.extend(lease, trial_budget=trials, time_budget_seconds=None)
        storage.release(lease, SearchState.PAUSED)


def all_of(view: SearchView) -> list[object]:
    """Returns everything that can be seen of a search."""
    tables = [view.table(TableQuery(sort=sort)) for sort in ("-reward", "number", "worker")]
    return [
        *tables,
        view.history(),
        view.scatter("parameters", "reward"),
        view.decisions(),
        view.effects(),
        view.policy(),
    ]


def test_a_view_says_what_the_database_has(searched: str, readers: Readers) -> None:
    view = Views(readers).of("first")
    with open_storage(searched, read_only=True) as storage:
        record = storage.search("first")
        trials = storage.trials(record.search_id)
        best = storage.leaderboard(record.search_id, 30)
        assert view.log == storage.last_event(record.search_id)
    assert view.record.name == record.name
    assert view.table(TableQuery(limit=100)).numbers[: len(best)] == tuple(trial.number for trial in best)
    failed = view.table(TableQuery(states=("failed",), sort="number"))
    assert (
        failed.numbers
        == tuple(trial.number for trial in trials if trial.state is TrialState.FAILED)
        == (5, 11, 17)
    )
    assert view.history().best[-1] == best[0].reward
    assert view.history().count == len(trials)
    assert view.scatter("parameters", "reward").count == record.completed
    assert view.effects().trials == record.completed
    assert view.forecast().ended == record.completed + record.failed
    assert view.forecast().reason == "It is completed."


def test_the_policy_of_a_search_with_one_and_without(searched: str, readers: Readers) -> None:
    views = Views(readers)
    with open_storage(searched, read_only=True) as storage:
        updates = storage.updates(storage.search("second").search_id)
    found = views.of("second").policy()
    assert found.version == tuple(update.version for update in updates)
    assert found.loss == tuple(update.loss for update in updates)
    assert found.entropy == tuple(update.entropy for update in updates)
    assert found.count == len(updates) > 0
    assert views.of("first").policy().version == ()


def test_nothing_that_is_told_is_nan(readers: Readers) -> None:
    def check(value: object) -> None:
        if isinstance(value, dict):
            for inner in value.values():
                check(inner)
        elif isinstance(value, list | tuple):
            for inner in value:
                check(inner)
        else:
            assert (
                value is None
                or isinstance(value, str | bool | int)
                or (type(value) is float and value == value)
            )

    for name in ("first", "second"):
        for answer in all_of(Views(readers).of(name)):
            check(asdict(answer))  # type: ignore[call-overload]


def test_a_view_kept_is_a_view_made_anew(searched: str, readers: Readers) -> None:
    views = Views(readers)
    for trials in (35, 36, 50):
        before = views.of("second")
        said = all_of(before)
        lengthen(searched, "second", trials)
        drive(searched, "second", trials=trials, strategy="reinforce", strategy_settings={})
        after = views.of("second")
        assert all_of(after) == all_of(Views(readers).of("second"))
        assert after.history().count == trials
        assert all_of(before) == said


def test_while_a_search_runs_each_view_is_of_one_moment(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nas.db'}"
    drive(url, "live", trials=1)
    readers = Readers(url)
    views, is_over = Views(readers), threading.Event()

    def look() -> list[tuple[int, int, int]]:
        seen = []
        while not is_over.wait(0.005):
            view = views.of("live")
            table, history = view.table(TableQuery(states=("completed", "failed"))), view.history()
            assert (table.count, history.count) == (view.forecast().ended,) * 2
            assert len(view.table(TableQuery(limit=500)).numbers) >= table.count
            seen.append((view.log, table.count, view.table(TableQuery()).count))
        return seen

    with ThreadPoolExecutor(2) as pool:
        lookers = [pool.submit(look) for _ in range(2)]
        try:
            lengthen(url, "live", 50)
            drive_search(Drive(url, "live", trials=50, workers={"backend": "local"}), say=lambda text: None)
        finally:
            is_over.set()
        for looker in lookers:
            seen = looker.result()
            assert seen == sorted(seen)  # nothing that was there goes away again
    assert views.of("live").history().count == 50
    readers.close()


def test_a_random_companion_is_a_line_in_the_history(searched: str, readers: Readers) -> None:
    views = Views(readers)
    assert views.of("first").history().random is None
    drive(searched, "first-random", trials=10, strategy="random", strategy_settings={})
    line = views.of("first").history().random
    assert line is not None
    assert (line.name, line.told) == ("first-random", tuple(range(1, 11)))
    assert line.best == views.of("first-random").history().best
    assert views.of("first-random").history().random is None


def test_a_search_that_there_is_not_is_said_to_be_unknown(readers: Readers) -> None:
    views = Views(readers)
    with pytest.raises(UnknownSearchError, match="first"):
        views.of("frist")
    assert views.find("frist") is None


def test_no_database_is_an_error_and_no_end(tmp_path: Path, searched: str, readers: Readers) -> None:
    views, file, away = Views(readers), tmp_path / "nas.db", tmp_path / "away.db"
    before = all_of(views.of("first"))
    file.rename(away)
    with pytest.raises(StorageError):
        views.of("first")
    away.rename(file)
    assert all_of(views.of("first")) == before


def test_a_database_put_back_to_an_older_state_is_read_anew(
    tmp_path: Path, searched: str, readers: Readers
) -> None:
    views, file = Views(readers), tmp_path / "nas.db"
    older = {one.name: one.read_bytes() for one in tmp_path.glob("nas.db*")}
    before = all_of(views.of("first"))
    lengthen(searched, "first", 40)
    drive(searched, "first", trials=40)
    assert views.of("first").history().count == 40
    readers.close()
    for one in tmp_path.glob("nas.db*"):
        one.unlink()
    for name, content in older.items():
        (tmp_path / name).write_bytes(content)
    assert file.exists()
    assert all_of(views.of("first")) == before


def test_only_so_many_searches_are_kept(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 1)
    views = Views(readers)
    first = views.of("first")
    assert views.of("first").history() is first.history()  # the same answer, not another like it
    views.of("second")
    again = views.of("first").history()
    assert again == first.history()
    assert again is not first.history()
