"""`nas bench storage`."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from nas.bench.storage import Measured, StorageReport, Times, measure
from nas.cli import storage_times
from nas.cli.storage_times import report_lines
from nas.storage.open import open_storage
from tests.nas.cli.calling import Call
from tests.nas.storage.examples import begin

FEW, MANY = Times(0.5, 0.75, 1.0), Times(1.0, 40.0, 60.0)
REPORT = StorageReport(
    database="SQLite 3.40.1",
    few_trials=1000,
    many_trials=1_000_000,
    database_bytes=1_500_000_000,
    fill_seconds=100.0,
    measured=(Measured("search", 1, FEW, MANY), Measured("saved training", 1 << 20, FEW, MANY)),
    few_lives_per_second=400.4,
    many_lives_per_second=390.0,
    resume_seconds=30.0,
    resume_bytes=2_000_000_000,
)


def test_a_table_and_a_verdict() -> None:
    lines = report_lines(REPORT).splitlines()
    assert lines[0] == (
        "SQLite 3.40.1; a search of 1,000 trials and one of 1,000,000, written in bulk in 1 m 40 s, 1.50 GB:"
    )
    assert lines[3].split() == ["search", "1", "0.50", "0.75", "1.00", "40.00", "60.00", "2.00", "yes"]
    assert lines[4].split()[2] == "1,048,576"
    assert lines[6:] == [
        "2 queries and writes, all within 50 ms.",
        "Whole trial lives a second, one after the other: 400 with 1,000 trials, 390 with 1,000,000.",
        "A resume reads all trials in 30.0 s; they take 2.00 GB of memory.",
    ]


def test_what_is_too_slow_is_named() -> None:
    slow = Measured("history", 1000, FEW, replace(MANY, p95=50.5))
    lines = report_lines(replace(REPORT, measured=(*REPORT.measured, slow))).splitlines()
    assert lines[5].split()[-1] == "NO"
    assert lines[7] == "3 queries and writes, over 50 ms: history."


def test_a_file_that_is_thrown_away(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_times, "measure", partial(measure, reads=1, lives=1))
    ended = call("bench", "storage", "--trials", "1k", "--json")
    assert ended.code == 0, ended.err
    report = json.loads(ended.out)
    assert (report["few_trials"], report["many_trials"]) == (1000, 1000)
    assert report["database"].startswith("SQLite 3.")
    assert {row["name"] for row in report["measured"]} > {"search", "tell", "trials, 200 without curves"}
    assert all(row["many_p50_ms"] > 0 for row in report["measured"])


def test_a_database_with_searches_is_refused(call: Call, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'nas.db'}"
    with open_storage(database) as storage:
        begin(storage)
    ended = call("bench", "storage", "--db", database)
    assert ended.code == 2
    assert ended.err == (
        f"error: {database}: expected an empty database to fill, got one with 1 searches; name another one with --db\n"
    )


@pytest.mark.parametrize("trials", ["999", "10.1M", "many"])
def test_numbers_of_trials_that_are_refused(call: Call, trials: str) -> None:
    ended = call("bench", "storage", "--trials", trials)
    assert ended.code == 2
    assert trials in ended.err
