"""Every rule that a database can break is broken, and the check names it; a sound one has nothing to be said of."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from nas.errors import StorageError
from nas.storage import check as checks
from nas.storage.address import parse_url
from nas.storage.check import Finding, check, find_all
from nas.storage.connection import build_engine, for_writing
from nas.storage.log_rows import STRETCH
from nas.storage.open import open_storage
from nas.storage.records import TrialProgress, WorkerRecord
from nas.trial import Feedback, NewTrial, Origin, Proposal, SavedTraining
from tests.nas.storage.examples import CURVE, EXPORT, TRAINING, begin, begin_trial, live, new_trial, run_trial
from workers.job import FailureKind

ENDED = "(SELECT trial_id FROM nas_trials WHERE number = 0)"
SHA = "'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'"  # of nothing
DAMAGES = {
    "UPDATE nas_searches SET created = created + 1": "expected 9 trials numbered from 0 without gaps, got 8",
    "UPDATE nas_trials SET number = 99 WHERE number = 7": "got 8 with numbers from 0 to 99",
    "UPDATE nas_searches SET failed = failed + 1, completed = completed - 1": "the counters 3 completed, 2 failed",
    "UPDATE nas_searches SET told = told - 1": "got 4, 1, 4 such trials",
    "UPDATE nas_searches SET best_number = 1": "expected trial 1 with reward 0.7 as its best, got trial 0",
    "UPDATE nas_searches SET event = event + 1": "asks and tells numbered from 1 without gaps",
    "UPDATE nas_trials SET told_event = 7 WHERE number = 0": "event 7: expected either an ask or a tell, got both",
    "UPDATE nas_trials SET origin = 'hand', asked_event = 1 WHERE number = 7": "event 1: expected trials that the",
    "UPDATE nas_trials SET origin = 'retry' WHERE number = 3": "trial 3: expected a failed trial before it",
    "UPDATE nas_trials SET told_event = 1, asked_event = 2 WHERE number = 0": "trial 0: expected to be told after",
    "UPDATE nas_attempts SET state = 'lost' WHERE state = 'completed'": "got 1, 0, 0",
    "UPDATE nas_trials SET attempts = 2 WHERE number = 0": "trial 0, completed: expected 2 attempts",
    "UPDATE nas_trials SET token = 'another' WHERE number = 5": "trial 5, running: expected 1 attempts of which 0",
    f"INSERT INTO nas_epochs SELECT {ENDED}, 1, 0.5, 0.5, 0.5, 1": "trial 0, completed: expected epochs in",
    f"INSERT INTO nas_saved_trainings SELECT {ENDED}, 1, {{nothing}}, {SHA}, 1": "expected no saved state",
    "UPDATE nas_updates SET version = 9 WHERE version = 4": "as versions from 1 without gaps, got 4 from 1 to 9",
    "UPDATE nas_checkpoints SET event = 99": "expected updates and checkpoints of events up to 12, got one of event 99",
    "UPDATE nas_searches SET log = log + 1": "log entries",
    "DELETE FROM nas_events WHERE event_id = 5": "log entries",
    "UPDATE nas_failures SET trials = 2": "failures of kind 'diverged': expected 2 as counted, got 1 such trials",
    "DELETE FROM nas_failures": "expected 0 as counted, got 1 such trials",
    "UPDATE nas_architectures SET mean_reward = mean_reward + 0.001 WHERE first_number = 1": "got 1, 0.0 and 1",
    "UPDATE nas_architectures SET first_number = 3 WHERE first_number = 1": "first in trial 3",
    "DELETE FROM nas_architectures": "expected 0 trainings",
    "UPDATE nas_history SET best = 0.9": "history, stretch 0: expected 4 trials",
    "UPDATE nas_history SET reward_sum = 0": "history, stretch 0: expected 4 trials",
    "UPDATE nas_checkpoints SET sha256 = 'x'": "nas_checkpoints, search_id 1, event 12: expected SHA-256 x, got ",
    "UPDATE nas_saved_trainings SET sha256 = 'x'": "nas_saved_trainings, trial_id 6, epoch 2: expected SHA-256 x",
    "UPDATE nas_trials SET validation_loss = {infinity} WHERE number = 0": "nas_trials: expected finite numbers alone",
    "UPDATE nas_updates SET loss = -{infinity} WHERE version = 1": "nas_updates: expected finite numbers alone",
}  # fmt: skip


def fill(url: str) -> None:
    """Four trials told, one failed and not told, two in training with epochs and a saved state, one waiting."""
    with open_storage(url) as storage:
        search, lease = begin(storage)
        for number in (1, 0, 2, 3):
            live(storage, lease, number)
        run_trial(storage, lease, None, number=4)
        five = begin_trial(storage, lease, 5)
        six = begin_trial(storage, lease, 6)
        storage.requeue_trial(lease, six.trial_id, FailureKind.WORKER_LOST)
        seven = begin_trial(storage, lease, 7)
        saved = SavedTraining(2, b"state")
        for trial in (five, seven):
            storage.record_progress(
                lease,
                [TrialProgress(trial.trial_id, trial.token, "w", CURVE, saved if trial is five else None)],
                [WorkerRecord("w")],
            )
        storage.save_checkpoint(lease, b"policy")
        storage.save_training(search.search_id, TRAINING)
        storage.save_export(search.search_id, EXPORT)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A sound database with rows of every kind. Not to be written to."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('check') / 'nas.db'}"
    else:
        url = request.getfixturevalue("server").new_database()
    fill(url)
    return url


@pytest.fixture
def connection(filled: str) -> Iterator[Connection]:
    """A transaction that is rolled back, in which nothing guards the database any more."""
    engine = build_engine(parse_url(filled), read_only=False)
    with engine.connect() as outside:
        if engine.dialect.name == "sqlite":
            raw = outside.connection.driver_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys = OFF")
            raw.execute("PRAGMA ignore_check_constraints = ON")
        with outside.begin() as transaction:
            if engine.dialect.name == "sqlite":
                triggers = outside.scalars(
                    text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                ).all()
                for trigger in triggers:
                    outside.execute(text(f"DROP TRIGGER {trigger}"))
            else:
                outside.execute(text("SET LOCAL session_replication_role = replica"))
            yield outside
            transaction.rollback()
    engine.dispose()


def test_a_sound_database(filled: str) -> None:
    assert check(filled) == []


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_is_found(damage: str, connection: Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    values = (
        {"infinity": "9e999", "nothing": "x''"}
        if is_sqlite
        else {"infinity": "'Infinity'::float8", "nothing": "''"}
    )
    changed = connection.execute(text(damage.format(**values)))
    assert changed.rowcount >= 1
    findings = find_all(connection)
    assert any(DAMAGES[damage] in finding.text and finding.is_damage for finding in findings), findings
    assert not any("\n" in finding.text for finding in findings)


def test_not_a_number(connection: Connection) -> None:
    """PostgreSQL alone has it; SQLite makes it NULL."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("UPDATE nas_trials SET reward = 'NaN' WHERE number = 0"))
        assert Finding("nas_trials: expected finite numbers alone, got 1 rows with others") in find_all(
            connection
        )


def test_a_driver_that_is_gone_is_no_damage(connection: Connection) -> None:
    connection.execute(text("UPDATE nas_searches SET lease_until = 1"))
    (finding,) = find_all(connection)
    assert not finding.is_damage
    assert "its driver, host7:1:1, is gone or stands still" in finding.text
    assert "`nas search --resume cifar-a` goes on" in finding.text


def test_what_is_done_again_is_sound(url: str) -> None:
    with open_storage(url) as storage:
        _, lease = begin(storage)
        failed = run_trial(storage, lease, None, number=0)
        again = Proposal(failed.architecture, origin=Origin.RETRY)
        storage.add_trials(lease, [NewTrial(again, failed.canonical_key, 1)])
        storage.add_trials(lease, [new_trial(2), new_trial(3)])
    assert check(url) == []


def test_rows_without_a_parent(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(text("DELETE FROM nas_trials WHERE number = 7"))
        assert any(
            "expected a row of nas_trials that it belongs to, got none" in f.text
            for f in find_all(connection)
        )


def test_a_damaged_page(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url)
    path = tmp_path / "nas.db"
    whole = bytearray(path.read_bytes())
    size = int.from_bytes(whole[16:18])
    engine = build_engine(parse_url(sqlite_url), read_only=True)
    with engine.connect() as connection:
        page = connection.scalar(
            text("SELECT rootpage FROM sqlite_master WHERE name = 'ix_nas_trials_reward'")
        )
    engine.dispose()
    whole[(page - 1) * size + 100 : page * size] = bytes(size - 100)
    path.write_bytes(whole)
    findings = check(sqlite_url)
    assert findings
    assert all(finding.is_damage and "the file is damaged: " in finding.text for finding in findings)
    assert path.read_bytes() == whole


def test_a_log_that_was_left_behind_stays(sqlite_url: str, tmp_path: Path) -> None:
    """As after a kill -9: what is in the log counts, and the file is not touched."""
    engine = build_engine(parse_url(sqlite_url), read_only=False)
    copy = tmp_path / "copy"
    copy.mkdir()
    fill(sqlite_url)
    with for_writing(engine).begin() as connection:
        connection.execute(text("UPDATE nas_searches SET log = 99"))
    for path in tmp_path.glob("nas.db*"):
        (copy / path.name).write_bytes(path.read_bytes())
    engine.dispose()
    assert (copy / "nas.db-wal").stat().st_size > 0
    before = {path.name: path.read_bytes() for path in copy.glob("nas.db*") if not path.name.endswith("-shm")}
    (finding,) = check(f"sqlite:///{copy}/nas.db")
    assert "expected its last" in finding.text
    after = {path.name: path.read_bytes() for path in copy.glob("nas.db*") if not path.name.endswith("-shm")}
    assert after == before


def test_told_in_another_order_than_by_number(url: str) -> None:
    """Across the end of a stretch of the history, where it matters which of them came first."""
    with open_storage(url) as storage:
        _, lease = begin(storage)
        ids = [
            run_trial(storage, lease, number / 200, number=number).trial_id for number in range(STRETCH + 1)
        ]
        storage.record_tell(lease, ids[: STRETCH - 1], Feedback((None,) * (STRETCH - 1)))
        storage.record_tell(lease, [ids[STRETCH], ids[STRETCH - 1]], Feedback((None, None)))
    assert check(url) == []


def test_a_log_beside_the_file_that_a_link_leads_to(sqlite_url: str, tmp_path: Path) -> None:
    copy, elsewhere = tmp_path / "copy", tmp_path / "elsewhere"
    copy.mkdir()
    elsewhere.mkdir()
    (elsewhere / "link.db").symlink_to(copy / "nas.db")
    with open_storage(sqlite_url) as storage:
        begin(storage)
        for path in tmp_path.glob("nas.db*"):
            (copy / path.name).write_bytes(path.read_bytes())
    assert (copy / "nas.db-wal").stat().st_size > 0
    (copy / "nas.db-shm").unlink()
    before = {name: (copy / name).read_bytes() for name in ("nas.db", "nas.db-wal")}
    assert not any(finding.is_damage for finding in check(f"sqlite:///{elsewhere}/link.db"))
    assert {name: (copy / name).read_bytes() for name in ("nas.db", "nas.db-wal")} == before
    assert [path.name for path in elsewhere.iterdir()] == ["link.db"]


def test_sums_are_listed_up_to_a_number(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "MOST_OF_A_KIND", 2)
    rows = "SELECT search_id, event - {0}, state, 'x', created_at FROM nas_checkpoints WHERE event = 12"
    for n in (1, 2, 3):
        connection.execute(
            text(
                f"INSERT INTO nas_checkpoints (search_id, event, state, sha256, created_at) {rows.format(n)}"
            )
        )
    found = [finding for finding in find_all(connection) if "expected SHA-256 x" in finding.text]
    assert len(found) == 2


def test_nothing_to_check(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no such file"):
        check(f"sqlite:///{tmp_path}/missing.db")
    (tmp_path / "empty.db").touch()
    (finding,) = check(f"sqlite:///{tmp_path}/empty.db")
    assert not finding.is_damage
