"""`nas chaos`: a storm that is survived, one that is refused, and one that is stopped."""

import json
import signal
import subprocess
import tempfile
from pathlib import Path

import psutil
import pytest

from nas.chaos.crew import MARK
from nas.chaos.scene import comes_true
from nas.chaos.storm import Storm
from nas.errors import StorageError
from nas.storage.open import open_storage
from nas.storage.records import SearchState
from nas.trial import AttemptState
from tests.nas.cli.calling import Call, spawn

GUARD_SECONDS = 240.0
SHORT = ("--kills", "5", "--seed", "993", "--workers", "1", "--trials", "6", "--strategy", "random")


def test_a_short_storm_is_survived_and_seen(call: Call, database: str) -> None:
    """Its results stay in the database that was named, and a second storm does not touch them."""
    ended = call("chaos", *SHORT, "--db", database, "--json")
    report = json.loads(ended.out)
    assert (ended.code, report["broken"], report["is_sound"]) == (0, [], True), report
    assert report["kills"] >= 5
    assert report["attempts_lost"] > 0
    assert report["takeovers"] > 0
    injected = {row["fault"]: row["injected"] for row in report["faults"]}
    assert {"worker killed (SIGKILL)", "driver killed (SIGKILL)", "database locked"} <= injected.keys()
    assert all(row["survived"] == row["injected"] for row in report["faults"])
    _check_kept(database, report)
    again = call("chaos", *SHORT, "--db", database)
    assert again.code == 2
    assert "'chaos-993-1' exists in the database already" in again.err


def _check_kept(database: str, report: dict[str, int]) -> None:
    with open_storage(database, read_only=True) as storage:
        records = storage.searches()
        assert {record.state for record in records} == {SearchState.COMPLETED}
        attempts = [
            attempt
            for record in records
            for number in range(record.created)
            for attempt in storage.attempts(record.search_id, number)
        ]
    states = [attempt.state for attempt in attempts]
    assert states.count(AttemptState.COMPLETED) == 6 * len(records) == report["trials"]
    assert len(states) > 6 * len(records)


def test_what_a_storm_that_failed_itself_has_left_is_kept(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(storm: Storm) -> None:
        raise StorageError("the storm broke")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(Storm, "run", fail)
    ended = call("chaos", *SHORT)
    assert ended.code == 3
    (kept,) = tmp_path.glob("nas-chaos-*")
    assert ended.err == f"what the storm left: {kept}\nerror: the storm broke\n"


def test_ctrl_c_ends_all_that_the_storm_has_started(tmp_path: Path) -> None:
    storm = spawn(
        "chaos", "--strategy", "random", stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    )
    family = psutil.Process(storm.pid)
    try:
        assert comes_true(lambda: len(family.children(recursive=True)) >= 3, GUARD_SECONDS)
        children = family.children(recursive=True)
        assert any(MARK in child.environ() for child in children), "no worker is there"
        storm.send_signal(signal.SIGINT)
        _, err = storm.communicate(timeout=GUARD_SECONDS)
    finally:
        storm.kill()
    assert storm.returncode == 130
    assert "ending all processes of the storm" in err
    assert comes_true(lambda: not any(child.is_running() for child in children), GUARD_SECONDS)
