"""Columns that grow hold what columns of all trials at once hold, and do not touch those before them."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas.errors import SpaceError
from nas.storage.records import TrialSummary
from nas.web.view.columns import CODED, Columns, Intake, no_trials
from nas.web.view.query import NUMBERS
from nas.web.view.tokens import MISSING, merge_tokens, read_tokens
from search_spaces.architecture import Architecture
from tests.nas.web.view.rows import columns_of, failed, row, running


def trials_of(columns: Columns) -> list[tuple[object, ...]]:
    """Returns all that columns say, in plain values."""
    return [
        (
            *(repr(columns.values[name][place]) for name in NUMBERS),
            *(columns.names[name][columns.codes[name][place]] for name in CODED),
            columns.keys[place],
            tuple(token for token in columns.tokens[columns.networks[place]].tolist() if token != MISSING),
        )
        for place in range(len(columns))
    ]


def random_trial(rng: Random, number: int) -> TrialSummary:
    tokens = [rng.randrange(3) for _ in range(rng.choice([2, 2, 3]))]
    kind = rng.choice([row, failed, running])
    return kind(number, tokens=tokens, worker=rng.choice("abc"), canonical_key="k" * rng.randrange(1, 40))


@given(st.integers(0, 2**32), st.integers(1, 20), st.integers(1, 6))
def test_grown_step_by_step_is_read_at_once(seed: int, count: int, steps: int) -> None:
    rng, intake, columns = Random(seed), Intake(), no_trials()
    now: dict[int, TrialSummary] = {}
    for step in range(1, steps + 1):
        changed = {number for number in now if rng.random() < 0.3}
        new = {
            number: random_trial(rng, number)
            for number in (*changed, *range(len(now), count * step // steps))
        }
        now |= new
        before, said = columns, trials_of(columns)
        columns = intake.grown(columns, [new[number] for number in sorted(new)])
        assert trials_of(before) == said
    assert trials_of(columns) == trials_of(columns_of(now.values()))
    assert columns.numbers.tolist() == list(now)


def test_unsettled_are_those_that_can_change() -> None:
    columns = columns_of([row(0), row(1, told_event=None), running(2), failed(3), failed(4, told_event=None)])
    assert columns.unsettled.tolist() == [1, 2, 4]


def test_each_different_architecture_is_kept_once() -> None:
    columns = columns_of([row(0, (1, 2)), row(1, (0, 0)), row(2, (1, 2))])
    assert columns.networks.tolist() == [0, 1, 0]
    assert columns.tokens.tolist() == [[1, 2], [0, 0]]


@given(st.lists(st.lists(st.integers(0, 300), min_size=1, max_size=4), max_size=6))
def test_tokens_are_read_as_they_were_written(rows: list[list[int]]) -> None:
    found = read_tokens([Architecture('a "b", {', tuple(tokens)).to_json() for tokens in rows])
    assert [[token for token in row if token != MISSING] for row in found.tolist()] == rows


def test_tokens_written_in_another_way_are_read_too() -> None:
    other = '{"tokens":[3,4],"space":"toy"}'
    assert read_tokens([other, Architecture("toy", (1, 2)).to_json()]).tolist() == [[3, 4], [1, 2]]


@pytest.mark.parametrize(
    "text", ['{"space": "toy", "tokens": [1, x]}', '{"space": "toy", "tokens": [1, ]}', "", "[]"]
)
def test_what_is_no_architecture_is_quoted(text: str) -> None:
    with pytest.raises(SpaceError, match="architecture JSON: expected"):
        read_tokens([Architecture("toy", (1, 2)).to_json(), text])


def test_wider_architectures_widen_those_before() -> None:
    one, other = np.array([[1]], np.int16), np.array([[2, 3]], np.int16)
    assert merge_tokens(one, other).tolist() == [[1, MISSING], [2, 3]]
    assert merge_tokens(other, one).tolist() == [[2, 3], [1, MISSING]]
