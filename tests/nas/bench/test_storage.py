"""Databases of very many trials, with few: what is written in bulk is what a driver writes, and is found."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from nas.bench.filling import NOT_TOLD, RUNNING, Filled, fill
from nas.bench.queries import queries
from nas.bench.storage import Measured, StorageReport, Times, measure
from nas.errors import ConfigError, StorageError
from nas.storage.check import check
from nas.storage.contract import Storage
from nas.storage.open import open_engine, open_storage
from nas.storage.sql import SqlStorage
from nas.trial import AttemptState, Trial, TrialState
from search_spaces.registry import build_space
from tests.nas.storage.postgresql import Server

TRIALS, LIVES = 700, 21


def nothing(done: int, total: int) -> None:
    pass


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('bench') / 'nas.db'}"
    server: Server = request.getfixturevalue("server")
    return server.new_database()


@pytest.fixture(scope="module")
def report(url: str) -> StorageReport:
    return measure(url, TRIALS, nothing, few=500, reads=2, lives=LIVES)


@pytest.fixture(scope="module")
def storage(url: str, report: StorageReport) -> Iterator[Storage]:
    with open_storage(url, read_only=True) as storage:
        yield storage


@pytest.fixture(scope="module")
def trials(storage: Storage) -> list[Trial]:
    return storage.trials(2)


def test_nothing_is_wrong_with_the_database(url: str, report: StorageReport) -> None:
    assert check(url) == []
    assert report.many_trials == TRIALS


def test_two_searches_and_the_lives_that_were_timed(storage: Storage, trials: list[Trial]) -> None:
    large, small = storage.searches()
    assert (small.created, large.created) == (500 + LIVES, TRIALS + LIVES)
    states = Counter(trial.state for trial in trials)
    assert (large.completed, large.failed) == (states[TrialState.COMPLETED], states[TrialState.FAILED])
    assert states[TrialState.RUNNING] == RUNNING
    assert states[TrialState.WAITING] == NOT_TOLD - RUNNING - 4
    assert sum(trial.told_event is None for trial in trials) == NOT_TOLD


def test_trials_are_such_as_a_search_leaves(storage: Storage, trials: list[Trial]) -> None:
    space = build_space(storage.search("bench-many").space)
    for trial in trials:
        space.validate(trial.architecture)
        assert len(trial.curve) == (8 if trial.state is TrialState.COMPLETED else 0)
        assert bool(trial.error_text) == (trial.state is TrialState.FAILED)
    assert len({trial.architecture for trial in trials}) > 0.8 * len(trials)
    attempts = storage.attempts(2, 57)
    assert [attempt.state for attempt in attempts] == [AttemptState.LOST, AttemptState.COMPLETED]
    assert trials[57].infrastructure_failures == 1


def test_what_the_queries_find_is_what_the_trials_say(storage: Storage, trials: list[Trial]) -> None:
    completed = [trial for trial in trials if trial.reward is not None]
    ranked = sorted(completed, key=lambda trial: (-(trial.reward or 0.0), trial.number))
    assert [trial.number for trial in storage.leaderboard(2, 100)] == [trial.number for trial in ranked[:100]]
    assert storage.failures(2) == Counter(trial.failure for trial in trials if trial.failure)
    assert sum(point.trials for point in storage.history(2)) == len(trials) - NOT_TOLD
    assert max(point.best or 0.0 for point in storage.history(2)) >= 0.9
    for state in TrialState:
        newest = [trial.number for trial in reversed(trials) if trial.state is state and trial.number < 600]
        found = storage.page(2, state=state, before=600)
        assert [trial.number for trial in found] == newest[:50]
    assert [trial.number for trial in storage.open_trials(2)] == list(range(TRIALS - NOT_TOLD, TRIALS))
    assert storage.architectures(2, 1)[0].mean_reward >= storage.architectures(2, 2)[1].mean_reward > 0.9


def test_every_query_and_every_write_was_timed(report: StorageReport) -> None:
    names = [measured.name for measured in report.measured]
    assert len(names) == len(set(names)) == 48
    reads, writes = names[:41], names[41:]
    assert {"search", "page, anywhere", "leaderboard, 20", "history", "open trials", "saved training"} < {
        *reads
    }
    assert writes[:2] == ["ask", "start"]
    assert {"finish", "tell", "checkpoint of 1 MiB", "report with 1 MiB saved"} < {*writes}
    for measured in report.measured:
        for times in (measured.few, measured.many):
            assert 0 < times.p50 <= times.p95 <= times.longest
    assert min(report.few_lives_per_second, report.many_lives_per_second, report.resume_seconds) > 0


def test_a_database_that_is_not_empty_is_left_alone(url: str, report: StorageReport) -> None:
    with pytest.raises(ConfigError, match="expected an empty database to fill, got one with 2 searches"):
        measure(url, TRIALS, nothing)
    with open_storage(url, read_only=True) as storage:
        assert len(storage.searches()) == 2


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[tuple[Storage, Filled]]:
    url = f"sqlite:///{tmp_path / 'nas.db'}"
    with open_storage(url) as storage, open_engine(url, read_only=False) as engine:
        yield storage, fill(storage, engine, "bench", 501, nothing)


def test_each_query_finds_what_it_says_wherever_it_looks(filled: tuple[Storage, Filled]) -> None:
    storage, search = filled
    for query in queries(storage, search):
        for number in (0, 5, 16, search.told // 2, search.told - 1):
            assert len(query.read(number)) == query.records, (query.name, number)


def test_a_query_that_finds_too_little_is_no_fast_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(self: SqlStorage, search_id: int, limit: int) -> list[Trial]:
        return self.page(search_id, limit=limit - 1)

    monkeypatch.setattr(SqlStorage, "leaderboard", forgetful)
    with pytest.raises(StorageError, match="query 'leaderboard, 20': expected 20 records, got 19"):
        measure(f"sqlite:///{tmp_path / 'nas.db'}", 600, nothing, few=500, reads=1, lives=1)


def test_a_query_is_held_against_the_limit_with_many_trials() -> None:
    slow, fast = Times(60.0, 70.0, 80.0), Times(2.0, 49.0, 80.0)
    assert Measured("search", 1, slow, fast).is_within_limit
    assert not Measured("search", 1, fast, slow).is_within_limit
    assert Measured("search", 1, fast, slow).ratio == 30.0
