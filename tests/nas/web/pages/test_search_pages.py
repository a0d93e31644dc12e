"""The list and the page of a search without a browser: what is in the HTML."""

import re
import shlex
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from nas.cli.search import search
from nas.storage.open import open_storage
from nas.web.app import build_app
from nas.web.settings import WebSettings


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'<tr data-number="(\d+)"', text)]


def test_the_list_has_all_searches_newest_first(client: TestClient) -> None:
    text = client.get("/").text
    assert re.findall(r'data-search="([^"]+)"', text) == ["second", "first"]
    assert "30" in text
    assert "3 failed" in text


def test_the_list_is_filtered_by_its_address(client: TestClient) -> None:
    text = client.get("/?text=evolution").text
    assert re.findall(r'data-search="([^"]+)"', text) == ["first"]
    assert "No search matches" in client.get("/?text=nothing+like+this").text


def test_a_line_can_be_had_alone(client: TestClient) -> None:
    text = client.get("/searches/first/row").text
    assert text.count("<tr") == 1
    assert client.get("/searches/none/row").status_code == 404


def test_the_page_of_a_search_comes_with_its_figures_and_its_table(client: TestClient) -> None:
    text = client.get("/searches/first").text
    assert "<h1>first</h1>" in text
    assert 'id="actions"' in text
    assert len(numbers(text)) == 30


def test_the_table_alone_names_the_address_of_the_page_that_has_it(client: TestClient) -> None:
    answer = client.get("/searches/first/table?state=failed&sort=number")
    assert numbers(answer.text) == [5, 11, 17]
    assert answer.headers["HX-Push-Url"] == "/searches/first?sort=number&state=failed"
    assert numbers(client.get(answer.headers["HX-Push-Url"]).text) == [5, 11, 17]


def test_the_table_is_sorted_filtered_and_says_where_nothing_matches(client: TestClient) -> None:
    assert numbers(client.get("/searches/first/table?sort=-number").text) == list(range(29, -1, -1))
    assert "No trial matches" in client.get("/searches/first/table?min_reward=2").text


def test_ticks_come_back_with_the_address(client: TestClient) -> None:
    text = client.get("/searches/first?picked=3,4").text
    ticked = re.findall(r'<input type="checkbox" value="(\d+)"[^>]* checked', text)
    assert sorted(ticked) == ["3", "4"]


@pytest.mark.parametrize("part", ["", "/head", "/table", "/effects", "/workers", "/log", "/row"])
def test_a_search_that_is_not_there_is_404(client: TestClient, part: str) -> None:
    assert client.get(f"/searches/none{part}").status_code == 404


def test_a_cursor_of_nobody_is_422(client: TestClient) -> None:
    assert client.get("/searches/first/table?cursor=nonsense").status_code == 422


def test_the_parts_of_a_page_are_there(client: TestClient) -> None:
    assert "Networks with" in client.get("/searches/first/effects").text
    assert "Nobody works on this search now" in client.get("/searches/first/workers").text
    assert 'data-kind="started"' in client.get("/searches/first/log?trials=1").text
    assert 'data-kind="started"' not in client.get("/searches/first/log").text


def test_an_empty_database_says_how_to_begin(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    open_storage(url).close()
    with TestClient(build_app(WebSettings(url)), base_url="http://127.0.0.1") as client:
        text = client.get("/").text
    assert "No searches yet" in text
    (line,) = re.findall("<code>nas search (.*?)</code>", text)
    assert "digits" in search.make_context("search", shlex.split(line)).params.values()
    assert "nas search" in text
