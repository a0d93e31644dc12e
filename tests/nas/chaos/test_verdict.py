"""The verdict on a storm: a good end passes; whatever was lost, doubled or changed does not."""

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from nas.chaos.aim import Training
from nas.chaos.driver import Drive, main
from nas.chaos.ledger import Deed, entries
from nas.chaos.scene import Injection
from nas.chaos.story import differences, tell
from nas.chaos.verdict import Evidence, contradictions, gather, unsound
from nas.storage.open import open_storage
from nas.storage.waiting import Waiting
from nas.trial import AttemptState
from workers.job import FailureKind

FOURTH = "search_id = 1 AND number = 3"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Drive:
    """A search that was driven to its end undisturbed, and its ledger."""
    folder = tmp_path_factory.mktemp("finished")
    drive = Drive(
        f"sqlite:///{folder / 'nas.db'}",
        trials=6,
        strategy="random",
        strategy_settings={},
        workers={"beat": 0.05},
        ledger=str(folder / "ledger.jsonl"),
    )
    assert main([json.dumps(asdict(drive))]) == 0
    return drive


@pytest.fixture
def evidence(finished: Drive) -> Evidence:
    return read(finished)


def read(drive: Drive) -> Evidence:
    with open_storage(drive.url, read_only=True) as storage:
        return gather(storage, drive, entries(drive.ledger), [])


def doctored(finished: Drive, folder: Path, *statements: str) -> Drive:
    """Returns the search in a copy of its database that somebody has been at."""
    path = folder / "doctored.db"
    with (
        closing(sqlite3.connect(finished.url.removeprefix("sqlite:///"))) as source,
        closing(sqlite3.connect(path)) as copy,
    ):
        source.backup(copy)
        for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            copy.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert copy.execute(statement).rowcount > 0, statement
        copy.commit()
    return replace(finished, url=f"sqlite:///{path}")


def test_a_search_that_was_left_alone_is_as_it_should_be(finished: Drive, evidence: Evidence) -> None:
    assert contradictions(evidence) == []
    assert unsound(finished.url, Waiting()) == []
    deeds = [entry.deed for entry in evidence.ledger]
    assert [deeds.count(deed) for deed in Deed] == [6, 6, 6]


SAME_KEY = f"""
    UPDATE nas_trials SET canonical_key = (SELECT canonical_key FROM nas_trials WHERE number = 2) WHERE {FOURTH}
"""
SECOND_ATTEMPT = """
    INSERT INTO nas_attempts
    SELECT trial_id, attempt + 1, state, token || '2', worker, started_at, ended_at, last_epoch, progress_at, failure,
    error_text FROM nas_attempts WHERE trial_id = 4
"""


@pytest.mark.parametrize(
    ("statement", "gist"),
    [
        (f"UPDATE nas_trials SET reward = reward / 2 WHERE {FOURTH}", "trial 3: expected reward"),
        (f"UPDATE nas_trials SET reward = reward / 2 WHERE {FOURTH}", "the database acknowledged reward"),
        (f"DELETE FROM nas_trials WHERE {FOURTH}", "expected trials 0 to 5, got 5"),
        (f"DELETE FROM nas_trials WHERE {FOURTH}", "and now has no such trial"),
        (f"UPDATE nas_trials SET attempts = 2 WHERE {FOURTH}", "of attempt 1, and now has"),
        (f"UPDATE nas_trials SET told_event = NULL WHERE {FOURTH}", "trial 3: expected completed and told"),
        (SAME_KEY, "expected to be trained once, got 2"),
        (SECOND_ATTEMPT, "expected one completed attempt"),
        ("UPDATE nas_attempts SET token = 'another' WHERE trial_id = 4", "the database has no such attempt"),
        ("UPDATE nas_searches SET state = 'paused'", "expected the search to be completed, got paused"),
    ],
)
def test_what_was_changed_behind_its_back_is_found(
    finished: Drive, statement: str, gist: str, tmp_path: Path
) -> None:
    found = contradictions(read(doctored(finished, tmp_path, statement)))
    assert any(gist in line for line in found), found


def test_a_result_that_nobody_trained_is_found(evidence: Evidence) -> None:
    silent = [entry for entry in evidence.ledger if entry.deed is not Deed.DONE]
    found = contradictions(replace(evidence, ledger=silent))
    assert len(found) == 6
    assert "no training came to its end" in found[0]


def test_a_result_that_was_acknowledged_twice_is_found(evidence: Evidence) -> None:
    again = next(entry for entry in evidence.ledger if entry.deed is Deed.KEPT)
    found = contradictions(replace(evidence, ledger=[*evidence.ledger, again]))
    assert found == ["trial of id 1: expected one result, 2 were acknowledged by the database"]


def test_a_training_that_was_begun_twice_is_found(evidence: Evidence) -> None:
    again = next(entry for entry in evidence.ledger if entry.deed is Deed.BEGUN)
    found = contradictions(replace(evidence, ledger=[*evidence.ledger, again]))
    assert found == ["trial 0, attempt 1: expected to begin once, got 2"]


def with_an_attempt_lost(evidence: Evidence, failure: FailureKind) -> Evidence:
    """Returns the evidence as if trial 2 had been trained a second time."""
    only = evidence.attempts[2][0]
    lost = replace(
        only,
        state=AttemptState.LOST,
        token="lost",
        worker="",
        failure=failure,
        error_text="worker h:7:cpu was killed",
    )
    attempts = list(evidence.attempts)
    attempts[2] = [lost, replace(only, attempt=2)]
    return replace(evidence, attempts=attempts)


def test_an_attempt_is_lost_only_where_a_fault_has_hit_it(evidence: Evidence) -> None:
    lost = with_an_attempt_lost(evidence, FailureKind.WORKER_LOST)
    assert ["nothing had hit it" in line for line in contradictions(lost)] == [True]
    here = Injection("worker killed", 3, Training(2, 1, "lost", "h:7:cpu"))
    elsewhere = Injection("worker killed", 3, Training(2, 1, "lost", "h:77:cpu"))
    assert contradictions(replace(lost, injections=[here])) == []
    assert contradictions(replace(lost, injections=[elsewhere])) != []


def test_a_result_of_a_training_that_was_killed_is_found(evidence: Evidence) -> None:
    killed = Injection("worker killed", 3, Training(2, 1, evidence.attempts[2][0].token, "h:7:cpu"))
    found = contradictions(replace(evidence, injections=[killed]))
    assert found == ["trial 2: a result is kept of attempt 1, which was killed"]


def test_an_attempt_is_cancelled_only_where_a_driver_was_ended(evidence: Evidence) -> None:
    drive = replace(evidence.drive, workers={"count": 1})
    cancelled = with_an_attempt_lost(replace(evidence, drive=drive), FailureKind.CANCELLED)
    assert contradictions(cancelled) == ["expected at most 0 attempts that 0 drivers took with them, got 1"]
    ended = Injection("driver killed", 3, ends_driver=True)
    assert contradictions(replace(cancelled, injections=[ended])) == []


def test_a_story_differs_where_another_number_comes_of_it(finished: Drive, tmp_path: Path) -> None:
    other = doctored(
        finished,
        tmp_path,
        f"UPDATE nas_trials SET reward = 0.5 WHERE {FOURTH}",
        "UPDATE nas_checkpoints SET state = x'00', sha256 = "
        "'6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'",
    )
    with (
        open_storage(finished.url, read_only=True) as one,
        open_storage(other.url, read_only=True) as another,
    ):
        here, there = tell(one, finished.name), tell(another, other.name)
    assert list(differences(here, here)) == []
    assert [line.split(":")[0] for line in differences(there, here)] == [
        "trial 3",
        "the strategy's last state",
    ]
