"""The table of trials against the same in plain Python: every page, every order, every filter."""

import math
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas.errors import QueryError
from nas.storage.records import TrialSummary
from nas.trial import Origin, TrialState
from nas.web.view.query import MAX_LIMIT, MAX_TEXT, NUMBERS, TEXTS, TableQuery
from tests.nas.web.view.rows import FIRST, TOY, columns_of, meanings_of, row, view_of

COLUMNS = (*NUMBERS, *TEXTS)
FEW = (0.0, 0.25, -1.5, 0.1 + 0.2, 7e11)
"""So few values that there are ties."""


@st.composite
def tables(draw: st.DrawFn, most: int = 25) -> list[TrialSummary]:
    """Returns trials with many equal and many missing values."""
    rng, count = Random(draw(st.integers(0, 2**32))), draw(st.integers(0, most))
    maybe, counts = (None, *FEW), (None, 0, 1, 2)
    return [
        row(
            number,
            [rng.randrange(len(decision.options)) for decision in TOY.decisions],
            **{
                name: rng.choice(maybe)
                for name in ("reward", "latency_ms", "validation_accuracy", "log_probability")
            },
            **{name: rng.choice(counts) for name in ("parameters", "multiply_adds", "policy_version")},
            state=rng.choice(list(TrialState)),
            origin=rng.choice(list(Origin)),
            failure=rng.choice([None, "diverged", "error", "timeout"]),
            worker=rng.choice(["", "host7:1:cpu", "Größe:2:cuda:0"]),
            canonical_key=rng.choice(["ab12", "ab13", "00ff"]),
            train_seconds=rng.choice(FEW),
        )
        for number in range(count)
    ]


def in_order(rows: list[TrialSummary], sort: str) -> list[int]:
    """Returns the numbers as the table has to have them: `sorted` leaves equals in order, backwards too."""
    values = {trial.number: getattr(trial, sort.removeprefix("-")) for trial in rows}
    known = [number for number in sorted(values) if values[number] not in (None, "")]
    return [
        *sorted(known, key=values.__getitem__, reverse=sort.startswith("-")),
        *(number for number in sorted(values) if number not in known),
    ]


def pages(view: Any, **query: Any) -> list[tuple[int, ...]]:
    """Returns all pages from the first on."""
    found, cursor = [], ""
    while True:
        page = view.table(TableQuery(**query, cursor=cursor))
        found.append(page.numbers)
        if page.next_cursor is None:
            return found
        cursor = page.next_cursor


@given(tables(), st.sampled_from(COLUMNS), st.booleans(), st.integers(1, 7))
def test_pages_put_together_are_the_trials_in_order(
    rows: list[TrialSummary], column: str, is_descending: bool, limit: int
) -> None:
    sort = f"{'-' if is_descending else ''}{column}"
    found = pages(view_of(rows), sort=sort, limit=limit)
    assert [number for page in found for number in page] == in_order(rows, sort)
    assert all(len(page) == limit for page in found[:-1])


@given(tables(), st.sampled_from(COLUMNS), st.booleans(), st.integers(1, 7))
def test_the_way_back_leads_over_the_same_pages(
    rows: list[TrialSummary], column: str, is_descending: bool, limit: int
) -> None:
    view, sort, cursor = view_of(rows), f"{'-' if is_descending else ''}{column}", ""
    forth = []
    while True:
        page = view.table(TableQuery(sort=sort, limit=limit, cursor=cursor))
        forth.append(page)
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    back = [forth[-1]]
    while back[-1].previous_cursor is not None:
        back.append(view.table(TableQuery(sort=sort, limit=limit, cursor=back[-1].previous_cursor)))
    assert [page.numbers for page in reversed(back)] == [page.numbers for page in forth]
    assert [page.before for page in reversed(back)] == [limit * place for place in range(len(forth))]


@given(tables(), st.data())
def test_a_filter_lets_through_what_it_says(rows: list[TrialSummary], data: st.DataObject) -> None:
    states = data.draw(st.lists(st.sampled_from(list(TrialState)), unique=True))
    origins = data.draw(st.lists(st.sampled_from(list(Origin)), unique=True))
    low, high = data.draw(st.sampled_from([None, *FEW])), data.draw(st.sampled_from([None, *FEW]))
    operation = data.draw(st.sampled_from(["", *TOY.decisions[0].options]))
    text = data.draw(
        st.sampled_from(["", "diverged", "HOST7", "größe cuda", "3", "ab12", "AB1", "host7 diverged"])
    )

    def passes(trial: TrialSummary) -> bool:
        chosen = TOY.describe(TOY.read(trial.architecture.partition("[")[2].rstrip("]}").replace(", ", ".")))
        return (
            (not states or trial.state in states)
            and (not origins or trial.origin in origins)
            and (low is None or (trial.reward is not None and trial.reward >= low))
            and (high is None or (trial.reward is not None and trial.reward <= high))
            and (not operation or operation in chosen.values())
            and all(mentions(trial, word) for word in text.casefold().split())
        )

    ranges = {"reward": (low, high)} if (low, high) != (None, None) else {}
    query = {
        "states": tuple(states),
        "origins": tuple(origins),
        "ranges": ranges,
        "operation": operation,
        "text": text,
    }
    view = view_of(rows)
    if operation and not rows:
        return
    assert sum(pages(view, sort="number", **query), ()) == tuple(
        trial.number for trial in rows if passes(trial)
    )
    assert view.table(TableQuery(**query)).count == sum(map(passes, rows))


def mentions(trial: TrialSummary, word: str) -> bool:
    in_texts = any(word in (text or "").casefold() for text in (trial.worker, trial.failure))
    return in_texts or word == str(trial.number) or (len(word) >= 4 and trial.canonical_key.startswith(word))


@given(tables(), tables(most=8), st.sampled_from(COLUMNS), st.booleans())
def test_new_trials_neither_hide_a_trial_from_who_turns_pages_nor_show_one_twice(
    rows: list[TrialSummary], later: list[TrialSummary], column: str, is_descending: bool
) -> None:
    sort = f"{'-' if is_descending else ''}{column}"
    first = view_of(rows).table(TableQuery(sort=sort, limit=4))
    more = [*rows, *(trial._replace(number=len(rows) + trial.number) for trial in later)]
    view, seen, cursor = view_of(more), list(first.numbers), first.next_cursor
    while cursor is not None:
        page = view.table(TableQuery(sort=sort, limit=4, cursor=cursor))
        seen += page.numbers
        cursor = page.next_cursor
    assert len(seen) == len(set(seen))
    if first.next_cursor is not None:
        ordered = in_order(more, sort)
        assert seen[4:] == ordered[ordered.index(first.numbers[-1]) + 1 :]


def test_one_option_of_one_decision() -> None:
    first, second = TOY.decisions[0], TOY.decisions[-1]
    rows = [row(0, FIRST), row(1, (1, *FIRST[1:])), row(2, (1, *FIRST[1:]))]
    view = view_of(rows)
    wanted = f"{first.name}={first.options[1]}"
    assert view.table(TableQuery(operation=wanted, sort="number")).numbers == (1, 2)
    assert view.table(TableQuery(operation=f"{second.name}={second.options[0]}")).count == 3


def test_tokens_stand_for_themselves_where_the_space_is_not_known() -> None:
    view = view_of([row(0, (0, 2, 0)), row(1, (1, 0, 0))], space=None)
    assert view.table(TableQuery(operation="decision 1=2")).numbers == (0,)
    options = [decision.options for decision in view.decisions_known]
    assert options == [("0", "1"), ("0", "1", "2"), ("0",)]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"sort": "rewards"}, "did you mean 'reward'"),
        ({"sort": "--reward"}, "sort: expected one of those known, got '-reward'"),
        ({"states": ("done",)}, "state: expected one of those known, got 'done'"),
        ({"origins": ("me",)}, "origin: expected"),
        ({"ranges": {"worker": (0, 1)}}, "range: expected"),
        ({"ranges": {"reward": (math.nan, None)}}, "range of reward: expected numbers"),
        ({"text": "x" * (MAX_TEXT + 1)}, f"text: expected at most {MAX_TEXT} characters"),
        ({"limit": 0}, f"limit: expected 1 to {MAX_LIMIT}"),
        ({"limit": MAX_LIMIT + 1}, f"limit: expected 1 to {MAX_LIMIT}"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(query: dict[str, Any], words: str) -> None:
    with pytest.raises(QueryError) as caught:
        TableQuery(**query)
    assert words.casefold() in str(caught.value).casefold()


def test_an_option_that_the_space_does_not_have_is_refused_with_the_nearest() -> None:
    option = max(TOY.decisions[0].options, key=len)
    with pytest.raises(QueryError, match=f"Did you mean '{option}'"):
        view_of([row(0)]).table(TableQuery(operation=f"{option}x"))


def test_no_trials_have_one_empty_page() -> None:
    page = view_of([]).table(TableQuery(operation="anything"))
    assert (page.numbers, page.count, page.next_cursor, page.previous_cursor) == ((), 0, None, None)


def test_columns_are_those_of_the_trials() -> None:
    columns = columns_of([row(0), row(1)])
    assert {*columns.values, *columns.codes, "canonical_key"} == set(COLUMNS)
    assert [decision.name for decision in meanings_of(TOY, columns)] == [one.name for one in TOY.decisions]
