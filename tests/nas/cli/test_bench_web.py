"""`nas bench web`: its options and exit codes. What it measures: `tests/nas/web/benchmark`."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nas.cli import web_times
from nas.storage.open import open_storage
from tests.nas.cli.calling import Call
from tests.nas.storage.examples import begin
from tests.nas.web.benchmark.reports import KEPT


@pytest.mark.parametrize(("missed", "code"), [(0, 0), (3, 1)])
def test_a_promise_that_is_not_kept_is_a_failure(
    call: Call, monkeypatch: pytest.MonkeyPatch, missed: int, code: int
) -> None:
    report, asked = replace(KEPT, followed=replace(KEPT.followed, missed=missed)), list[Any]()

    def measure(*arguments: Any) -> Any:
        asked.append(arguments[1:4])
        return report

    monkeypatch.setattr(web_times, "measure", measure)
    ended = call("bench", "web", "--trials", "10k", "--clients", "20", "--seconds", "10", "--json")
    assert ended.code == code
    said = json.loads(ended.out)
    assert said["followed"]["missed"] == missed
    assert [row["name"] for row in said["measured"]] == ["history", "page"]
    assert len(said["broken"]) == code
    assert asked == [(10_000, 20, 10)]


def test_a_database_with_searches_is_refused(call: Call, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'nas.db'}"
    with open_storage(database) as storage:
        begin(storage)
    ended = call("bench", "web", "--db", database)
    assert ended.code == 2
    assert "expected an empty database to fill, got one with 1 searches" in ended.err


@pytest.mark.parametrize(
    "options", [["--trials", "999"], ["--clients", "0"], ["--seconds", "1"]], ids=" ".join
)
def test_too_little_is_refused(call: Call, options: list[str]) -> None:
    assert call("bench", "web", *options).code == 2
