"""All trials of a search as a file."""

import csv
import io
import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from nas.storage.open import open_storage
from nas.storage.records import TrialSummary
from nas.web.api.downloads import as_csv, as_json


def test_csv_and_json_have_what_the_table_has(client: TestClient) -> None:
    table = client.get("/api/v1/searches/first/trials?sort=number&limit=30").json()["data"]
    as_json = client.get("/api/v1/searches/first/trials.json")
    assert as_json.json() == table
    assert as_json.headers["content-disposition"] == 'attachment; filename="first-trials.json"'
    as_csv = client.get("/api/v1/searches/first/trials.csv")
    assert as_csv.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(as_csv.text)))
    assert list(rows[0]) == list(table[0])
    for row, trial in zip(rows, table, strict=True):
        assert int(row["number"]) == trial["number"]
        assert row["architecture"] == f"toy:{'.'.join(map(str, trial['architecture']['tokens']))}"
        assert row["reward"] == ("" if trial["reward"] is None else repr(trial["reward"]))


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_of_no_search(client: TestClient, kind: str) -> None:
    assert client.get(f"/api/v1/searches/third/trials.{kind}").status_code == 404


@pytest.fixture
def summary(searched: str) -> TrialSummary:
    with open_storage(searched, read_only=True) as storage:
        (found,) = storage.summaries_of(storage.search("first").search_id, [3])
    return found


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_is_no_formula(summary: TrialSummary, start: str) -> None:
    worker = f'{start}HYPERLINK("http://evil.example";"x")'
    written = "".join(as_csv(iter([[summary._replace(worker=worker, reward=-0.5)]])))
    (row,) = csv.DictReader(io.StringIO(written, newline=""))
    assert row["worker"] == f"'{worker}"
    assert row["reward"] == "-0.5"


def test_of_no_trials() -> None:
    none: Iterator[list[TrialSummary]] = iter([])
    assert json.loads("".join(as_json(none))) == []


def test_each_page_is_given_before_the_next_is_read(summary: TrialSummary) -> None:
    read: list[int] = []

    def pages() -> Iterator[list[TrialSummary]]:
        for number in range(3):
            read.append(number)
            yield [summary._replace(number=number)]

    written = as_json(pages())
    assert json.loads(next(written).removeprefix("["))["number"] == 0
    assert read == [0]
    lines = as_csv(pages())
    assert next(lines).startswith("number,")
    assert next(lines).startswith("0,")
    assert read == [0, 0]
