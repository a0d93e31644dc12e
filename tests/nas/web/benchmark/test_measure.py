"""`nas bench web`: measured with a real dashboard and a search that runs, and told."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from nas.cli.web_times import report_as_json, report_lines
from nas.errors import ConfigError, StorageError
from nas.storage.check import check
from nas.storage.open import open_storage
from nas.web.benchmark.asked import all_asked
from nas.web.benchmark.dashboard import Address, dashboard
from nas.web.benchmark.measure import Measured, Streamed, measure
from nas.web.benchmark.opening import Opened
from nas.web.benchmark.running import NAME as RUNNING
from nas.web.benchmark.times import Times, times_of
from tests.nas.storage.examples import begin
from tests.nas.web.benchmark.reports import KEPT, QUICK

TRIALS, CLIENTS = 600, 3


def nothing(done: int, total: int) -> None:
    pass


@pytest.mark.slow
def test_a_whole_measurement(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nas.db'}"
    report = measure(url, TRIALS, CLIENTS, 2.0, nothing, turns=2)
    assert [one.name for one in report.measured] == [one.name for one in all_asked("bench", TRIALS)]
    assert all(one.bytes > 100 for one in report.measured)
    assert report.opened_first.requests == report.opened_again.requests > 15
    assert report.opened_first.all_bytes > report.opened_first.page_bytes
    assert report.streamed.trials == 60
    assert report.streamed.bytes_of_an_event < report.streamed.bytes_of_a_trial < 1024
    crowd = report.followed
    assert (crowd.clients, crowd.missed, crowd.disordered, crowd.disturbed) == (CLIENTS, 0, 0, 0)
    assert crowd.events > 0
    assert min(crowd.with_clients, crowd.without_clients) > 0
    assert json.loads(json.dumps(report_as_json(report)))["trials"] == TRIALS
    with open_storage(url, read_only=True) as storage:
        assert storage.search(RUNNING).completed > 0
    assert check(url) == []


def test_a_database_with_searches_is_not_filled(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nas.db'}"
    with open_storage(url) as storage:
        begin(storage)
    with pytest.raises(ConfigError, match="expected an empty database to fill, got one with 1 searches"):
        measure(url, TRIALS, 1, 2.0, nothing)


def test_a_dashboard_that_does_not_come_up_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(StorageError, match="nas dashboard: expected its address, got"),
        dashboard("nonsense://"),
    ):
        pytest.fail("there is no such database")


def test_an_answer_that_is_none_is_no_measurement(served: str) -> None:
    address = Address("127.0.0.1", int(served.rpartition(":")[2]), os.getpid())
    assert address.ask("/healthz").body
    with pytest.raises(StorageError, match="GET /api/v1/searches/no: expected 200, got 404"):
        address.ask("/api/v1/searches/no")


def test_times_are_told_in_milliseconds() -> None:
    assert times_of([0.001 * value for value in range(1, 102)]) == Times(
        pytest.approx(51.0), pytest.approx(96.0), pytest.approx(101.0)
    )
    assert times_of([0.5]) == Times(500.0, 500.0, 500.0)


def test_promises_that_are_kept_are_said_to_be() -> None:
    assert KEPT.broken == []
    lines = report_lines(KEPT)
    assert "All promises are kept." in lines
    assert "50 clients followed a running search for 1 m 0 s: 1,200 events for each, 0 missed" in lines
    assert "9,000 with the clients, 10,000 without (-10.0 %)" in lines


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (
            {"measured": (Measured("history", QUICK, QUICK, Times(1.0, 300.0, 300.0), 1, 300.0),)},
            "history: 300 ms",
        ),
        ({"opened_first": Opened(0.5, 9.0, 2.5, 1, 1, 1)}, "the page with all its parts: 2500 ms"),
        ({"streamed": Streamed(60, 1024, 1024, QUICK)}, "a trial on the stream: 1024 bytes"),
        ({"streamed": Streamed(60, 1, 1, Times(1.0, 2000.0, 2000.0))}, "an event on its way: 2000 ms"),
        (
            {"followed": replace(KEPT.followed, delay=Times(1.0, 3000.0, 3000.0))},
            "an event on its way: 3000 ms",
        ),
        ({"followed": replace(KEPT.followed, missed=2)}, "events missed: 2"),
        ({"followed": replace(KEPT.followed, disordered=1)}, "events out of order: 1"),
        ({"followed": replace(KEPT.followed, disturbed=1)}, "gaps and absences told of: 1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_promise_that_is_not_kept_is_named(broken: dict[str, object], words: str) -> None:
    report = replace(KEPT, **broken)  # type: ignore[arg-type]
    (said,) = report.broken
    assert said.startswith(f"{words}, promised are less than")
    assert f"NOT KEPT: {said}" in report_lines(report)
