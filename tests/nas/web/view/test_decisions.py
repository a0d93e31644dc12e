"""Shares of the options over time, counted by hand and against plain Python."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas.errors import QueryError
from tests.nas.web.view.rows import FIRST, TOY, row, view_of


def test_shares_are_those_counted_by_hand() -> None:
    options = TOY.decisions[0].options
    tokens = [0, 0, 1, 1, 1, 0]
    found = view_of([row(number, (token, *FIRST[1:])) for number, token in enumerate(tokens)]).decisions(3)
    assert found.windows == ((0, 1), (2, 3), (4, 5))
    assert found.trials == (2, 2, 2)
    assert [one.name for one in found.decisions] == [decision.name for decision in TOY.decisions]
    rest = (0.0,) * (len(options) - 2)
    assert found.decisions[0].options == options
    assert found.decisions[0].shares == ((1.0, 0.0, *rest), (0.0, 1.0, *rest), (0.5, 0.5, *rest))


@given(st.integers(0, 2**32), st.integers(0, 60), st.integers(1, 12))
def test_shares_are_those_of_the_strategys_trials(seed: int, count: int, windows: int) -> None:
    rng = Random(seed)
    trials = [
        row(
            number,
            [rng.randrange(len(decision.options)) for decision in TOY.decisions],
            origin=rng.choice(["strategy", "strategy", "hand", "retry"]),
        )
        for number in range(count)
    ]
    found = view_of(trials).decisions(windows)
    own = [trial for trial in trials if trial.origin == "strategy"]
    assert found.count == sum(found.trials) == len(own)
    assert len(found.windows) == min(windows, len(own))
    assert max(found.trials, default=0) - min(found.trials, default=0) <= 1
    for window, (first, last) in enumerate(found.windows):
        part = [trial for trial in own if first <= trial.number <= last]
        assert len(part) == found.trials[window]
        for place, decision in enumerate(found.decisions):
            chosen = Counter(eval_tokens(trial.architecture)[place] for trial in part)
            expected = [chosen[token] / len(part) for token in range(len(decision.options))]
            assert decision.shares[window] == pytest.approx(expected, abs=1e-5)


def eval_tokens(text: str) -> list[int]:
    return [int(token) for token in text.partition("[")[2].rstrip("]}").split(",")]


def test_without_the_space_tokens_are_options() -> None:
    found = view_of([row(0, (2, 0)), row(1, (1, 0))], space=None).decisions(2)
    assert [(one.name, one.options) for one in found.decisions] == [
        ("decision 0", ("0", "1", "2")),
        ("decision 1", ("0",)),
    ]
    assert found.decisions[0].shares == ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0))


def test_an_architecture_of_fewer_decisions_counts_where_it_has_them() -> None:
    found = view_of([row(0, (1, 1)), row(1, (1,))], space=None).decisions(1)
    assert [one.shares for one in found.decisions] == [((0.0, 1.0),), ((0.0, 1.0),)]


def test_no_window_is_refused() -> None:
    with pytest.raises(QueryError, match="windows: expected 1 to"):
        view_of([row(0)]).decisions(0)
