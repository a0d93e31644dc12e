"""Upgrades from every released schema: every row and value is kept, and a death anywhere leaves the old or the new."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from nas.errors import SearchBusyError, StorageError
from nas.storage import upgrade as upgrades
from nas.storage.address import parse_url
from nas.storage.check import check
from nas.storage.connection import build_engine, write
from nas.storage.contract import Storage
from nas.storage.open import open_engine, open_storage
from nas.storage.owner import current_owner
from nas.storage.records import AuditAction, AuditRecord, CommandKind, TokenScope
from nas.storage.schema import REVISION, VERSION_TABLE
from nas.storage.sql import SqlStorage
from nas.storage.upgrade import Upgrade
from nas.storage.waiting import Waiting
from nas.trial import AttemptState, Feedback, Origin, Trial, TrialState
from tests.nas.storage.breaking import Breaking, break_everywhere, breaking_at
from tests.nas.storage.examples import run_trial
from tests.nas.storage.killing import kill_at
from tests.nas.storage.postgresql import Server
from tests.nas.storage.releases import REVISIONS, Rows, restore_postgresql, restore_sqlite, rows_of

UPDATED = ("nas_meta", VERSION_TABLE)


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def restore(kind: str, revision: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        return restore_sqlite(revision, tmp_path / "nas.db")
    server: Server = request.getfixturevalue("server")
    return restore_postgresql(revision, server.new_database(), tmp_path)


def upgrade(url: str) -> Upgrade:
    with open_engine(url, read_only=False) as engine:
        return upgrades.upgrade(engine, Waiting(30))


def kept(url: str, before: Rows) -> bool:
    after = rows_of(url, before)
    if "nas_audit" in before:  # the upgrade is added to it
        assert after["nas_audit"].pop()["action"] == AuditAction.UPGRADE
    return all(after[table] == rows for table, rows in before.items() if table not in UPDATED)


def upgrades_of(storage: Storage) -> list[AuditRecord]:
    return [record for record in storage.audit() if record.action == AuditAction.UPGRADE]


def test_every_revision_before_this_one_is_kept() -> None:
    assert [f"{number:04}" for number in range(1, int(REVISION))] == REVISIONS


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_row_is_kept(kind: str, revision: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = restore(kind, revision, tmp_path, request)
    before = rows_of(url)
    assert all(before.values())
    for read_only in (False, True):
        with pytest.raises(
            StorageError, match=f"expected schema {REVISION}, got {revision}, .*`nas db upgrade`"
        ):
            open_storage(url, read_only=read_only)
    assert rows_of(url) == before
    done = upgrade(url)
    assert (done.before, done.after) == (revision, REVISION)
    assert done.rows == {table: len(rows) for table, rows in before.items()}
    assert kept(url, before)
    if kind == "sqlite":
        assert done.backup == tmp_path / f"nas.db.schema-{revision}.bak"
        assert rows_of(f"sqlite:///{done.backup}") == before
    assert [finding for finding in check(url) if finding.is_damage] == []
    assert upgrade(url) == Upgrade(REVISION, REVISION, {}, None)
    _go_on(url, revision)


def _go_on(url: str, revision: str) -> None:
    with open_storage(url) as storage:
        _check_what_is_new(storage, revision)
        crashed = storage.search("crashed")
        states = [trial.state for trial in storage.trials(crashed.search_id)]
        assert states == [TrialState.RUNNING, TrialState.RUNNING, TrialState.WAITING]
        first = storage.attempts(crashed.search_id, 0)
        assert [attempt.state for attempt in first] == [AttemptState.LOST, AttemptState.RUNNING]
        lease = storage.acquire(crashed.search_id, current_owner(), seconds=30)
        trial = run_trial(storage, lease, 0.5, number=crashed.created)
        storage.record_tell(lease, [trial.trial_id], Feedback((None,)))
        paused = storage.search("paused")
        assert [trial.number for trial in storage.leaderboard(paused.search_id, 2)] == [4, 1]
        assert [trial.number for trial in storage.open_trials(paused.search_id)] == [5, 6, 7]
        (audit,) = upgrades_of(storage)
        assert audit.detail == f"schema {revision} to {REVISION}"
    assert [finding for finding in check(url) if finding.is_damage] == []


def _check_what_is_new(storage: Storage, revision: str) -> None:
    """What a column is that the old schema did not have, and that its rows are guarded like all others."""
    paused = storage.search("paused")
    assert (paused.image, paused.classes) == ((None, None) if revision == "0001" else ((3, 32, 40), 10))
    trial = storage.trial(paused.search_id, 1)
    update = storage.updates(paused.search_id)[0]
    if revision < "0003":
        assert (trial.repeat, trial.objectives, trial.latency_ms, trial.values) == (0, (), None, (0.7,))
        assert (update.kl, update.staleness, update.imagined) == (None, (), 0)
    else:
        assert (trial.repeat, trial.objectives, trial.latency_ms) == (1, (0.7, -1001.0), 0.3)
        assert (update.kl, update.staleness, update.imagined) == (0.02, (3,), 32)
    assert (trial.origin, paused.held) == (Origin.STRATEGY, False)
    assert (trial.decision_log_probabilities, trial.parent) == ((), None)
    asked = [command.arguments for command in storage.commands(paused.search_id)]
    assert asked == [{}] * (2 if revision >= "0004" else 0)
    added = storage.add_command(paused.search_id, CommandKind.WORKERS, "me", {"count": 2})
    assert storage.commands(paused.search_id)[-1] == added
    assert (storage.tokens(), storage.submissions()) == ([], [])
    storage.add_token("one", "0" * 64, TokenScope.READ, "me")
    _check_guards(storage, trial)


def _check_guards(storage: Storage, trial: Trial) -> None:
    assert isinstance(storage, SqlStorage)
    columns = ("objectives = '[1]'", "latency_ms = 2", "repeat = 2", "reward = 0.9", "own_failures = 1")
    for change in (*columns, "origin = 'hand'", "parent = 0", "decision_log_probabilities = '[1]'"):
        statement = text(f"UPDATE nas_trials SET {change} WHERE trial_id = {trial.trial_id}")
        with pytest.raises(StorageError, match="a finished trial never changes"):
            write(storage._engine, partial(Connection.execute, statement=statement), Waiting(0))


@pytest.mark.parametrize(
    ("kind", "point", "backups"),
    [
        ("sqlite", "upgrade.after_backup", 2),
        ("sqlite", "upgrade.before_commit", 2),
        ("sqlite", "upgrade.after_commit", 1),
        ("postgresql", "upgrade.before_commit", 0),
    ],
)
def test_killed_on_the_way(
    kind: str, point: str, backups: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The next try starts anew, with another backup: the first one may be of a day before."""
    url = restore(kind, REVISIONS[-1], tmp_path, request)
    before = rows_of(url)
    kill_at(point, upgrade, url)
    if point == "upgrade.after_commit":
        assert upgrade(url).before == REVISION
    else:
        assert rows_of(url) == before
        assert upgrade(url).before == REVISIONS[-1]
    assert kept(url, before)
    assert [finding for finding in check(url) if finding.is_damage] == []
    assert len(list(tmp_path.glob(f"nas.db.schema-{REVISIONS[-1]}*.bak"))) == backups


def test_another_process_is_faster(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While this one has its backup: the backup stays, and nothing is said to have been done by this one."""
    url = restore(kind, REVISIONS[-1], tmp_path, request)
    others: list[Upgrade] = []

    def meanwhile(_: str) -> None:
        monkeypatch.setattr(upgrades, "reach", lambda _: None)
        others.append(upgrade(url))

    monkeypatch.setattr(upgrades, "reach", meanwhile)
    done = upgrade(url)
    assert [other.before for other in others] == [REVISIONS[-1]]
    assert (done.before, done.after, done.rows) == (REVISION, REVISION, {})
    backups = {f"nas.db.schema-{REVISIONS[-1]}{n}.bak" for n in ("", ".2")} if kind == "sqlite" else set()
    assert {path.name for path in tmp_path.glob("*.bak")} == backups
    with open_storage(url, read_only=True) as storage:
        assert len(upgrades_of(storage)) == 1


def test_a_backup_is_called_what_it_is_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process upgrades before the copy begins: a copy of the new schema is no way back."""
    url = restore_sqlite(REVISIONS[-1], tmp_path / "nas.db")
    copied = upgrades.copied

    def upgrade_first(*arguments: Any) -> Any:
        monkeypatch.setattr(upgrades, "copied", copied)
        upgrade(url)
        return copied(*arguments)

    monkeypatch.setattr(upgrades, "copied", upgrade_first)
    assert upgrade(url) == Upgrade(REVISION, REVISION, {}, None)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "nas.db",
        f"nas.db.schema-{REVISIONS[-1]}.bak",
    ]


def test_an_upgrade_whose_answer_was_lost(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = restore(kind, REVISIONS[-1], tmp_path, request)
    before = rows_of(url)
    with breaking_at(0) as breaking:
        breaking.when = lambda step: (
            step == "after commit" and any("CREATE TABLE nas_tokens" in before for before in breaking.steps)
        )
        done = upgrade(url)
    assert breaking.has_broken
    assert (done.before, done.after) == (REVISIONS[-1], REVISION)
    assert done.rows == {table: len(rows) for table, rows in before.items()}


def test_a_link_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    restore_sqlite(REVISIONS[-1], tmp_path / "data" / "nas.db")
    (tmp_path / "link.db").symlink_to(tmp_path / "data" / "nas.db")
    done = upgrade(f"sqlite:///{tmp_path}/link.db")
    assert done.backup == tmp_path / "data" / f"nas.db.schema-{REVISIONS[-1]}.bak"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "link.db"]


@pytest.mark.parametrize("every", [12, pytest.param(1, marks=pytest.mark.faults)])
def test_whichever_statement_fails(every: int, tmp_path: Path) -> None:
    """It is done again, or the tables are the old ones; SQLite alone, for the time that it takes."""
    path = tmp_path / "nas.db"

    def run() -> None:
        for file in tmp_path.iterdir():
            file.unlink()
        upgrade(restore_sqlite(REVISIONS[-1], path))

    def sound(_: Breaking) -> None:
        assert [finding for finding in check(f"sqlite:///{path}") if finding.is_damage] == []

    assert break_everywhere(run, sound, every=every) > 80 / every


def test_a_search_that_is_driven_is_not_upgraded(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = restore(kind, REVISIONS[-1], tmp_path, request)
    engine = build_engine(parse_url(url), read_only=False)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE nas_searches SET owner = 'elsewhere:1:1', lease_until = 9e9 WHERE name = 'crashed'"
        )
    engine.dispose()
    before = rows_of(url)
    with pytest.raises(
        SearchBusyError, match="'crashed' is driven by process 1 on elsewhere, with an older version"
    ):
        upgrade(url)
    assert rows_of(url) == before


def test_nothing_to_upgrade(tmp_path: Path, server: Server) -> None:
    (tmp_path / "empty.db").touch()
    for url in (f"sqlite:///{tmp_path}/empty.db", server.new_database()):
        with pytest.raises(StorageError, match="got no tables; `nas search` makes them"):
            upgrade(url)
    with pytest.raises(StorageError, match="no such file"):
        upgrade(f"sqlite:///{tmp_path}/missing.db")
