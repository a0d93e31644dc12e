from dataclasses import replace
from typing import Any

import pytest

from nas.storage.records import SearchRecord, SearchState
from nas.web.pages.listing import ListQuery
from nas.web.pages.standing import Standing, standing

RECORD = SearchRecord(
    search_id=1,
    name="one",
    config={},
    space="cell",
    strategy="evolution",
    dataset="digits",
    dataset_fingerprint="",
    image=None,
    classes=None,
    seed=0,
    trial_budget=40,
    time_budget_seconds=None,
    state=SearchState.COMPLETED,
    event=0,
    created=40,
    completed=30,
    failed=10,
    spent_seconds=3600.0,
    best_number=3,
    created_at=100.0,
    updated_at=200.0,
)


def search(name: str, best: float | None = None, **changes: Any) -> Standing:
    return standing(replace(RECORD, name=name, **changes), best)


def names(query: ListQuery, *searches: Standing) -> list[str]:
    return [one.record.name for one in query.select(searches)]


THREE = (
    search("b", 0.5, created_at=1.0),
    search("A", None, created_at=3.0, best_number=None, completed=0, failed=0, created=0, spent_seconds=0.0),
    search("c", 0.9, created_at=2.0, state=SearchState.PAUSED),
)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("-created", ["A", "c", "b"]),
        ("created", ["b", "c", "A"]),
        ("name", ["A", "b", "c"]),
        ("-name", ["c", "b", "A"]),
        ("best", ["b", "c", "A"]),
        ("-best", ["c", "b", "A"]),
        ("-speed", ["b", "c", "A"]),
        ("state", ["c", "b", "A"]),
        ("nonsense", ["b", "c", "A"]),
    ],
)
def test_searches_are_sorted_and_what_has_no_value_stands_last(sort: str, expected: list[str]) -> None:
    assert names(ListQuery(sort=sort), *THREE) == expected


def test_a_text_is_looked_for_in_names_strategies_spaces_and_data() -> None:
    searches = (search("cifar-a"), search("mnist-b", dataset="mnist"), search("x", strategy="random"))
    assert names(ListQuery(text="CIFAR"), *searches) == ["cifar-a"]
    assert names(ListQuery(text="random"), *searches) == ["x"]
    assert names(ListQuery(text="digits cell"), *searches) == ["cifar-a", "x"]
    assert names(ListQuery(text="digits mnist"), *searches) == []


def test_a_state_that_is_none_leaves_nothing_out() -> None:
    assert names(ListQuery(state="stopped"), *THREE) == ["c"]
    assert len(names(ListQuery(state="unheard of"), *THREE)) == 3


def test_an_address_has_what_is_not_as_usual() -> None:
    assert ListQuery().address() == "/"
    assert ListQuery(text="a b", page=3).address(state="held") == "/?text=a+b&state=held&page=3"
    assert ListQuery(page=2).address(page=1) == "/"


@pytest.mark.parametrize(
    ("sort", "column", "expected"),
    [
        ("-created", "created", "/?sort=created"),
        ("created", "created", "/"),
        ("-created", "best", "/?sort=-best"),
        ("-created", "name", "/?sort=name"),
        ("name", "name", "/?sort=-name"),
    ],
)
def test_a_click_at_a_heading_sorts_by_it_and_turns_it_round(sort: str, column: str, expected: str) -> None:
    assert ListQuery(sort=sort, page=4).sorted_by(column) == expected
