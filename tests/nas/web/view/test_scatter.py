"""Two measures of the trials, and their Pareto front, which no sample loses."""

from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas.config import SearchConfig
from nas.errors import QueryError
from nas.storage.records import TrialSummary
from nas.web.view.answers import Point
from nas.web.view.query import MEASURES
from tests.nas.web.view.rows import failed, row, running, view_of

MORE_IS_BETTER = ("reward", "validation_accuracy")


def random_trials(seed: int, count: int) -> list[TrialSummary]:
    rng = Random(seed)
    return [
        row(
            number,
            reward=rng.randrange(12) / 10,
            parameters=rng.choice([None, *range(8)]),
            latency_ms=rng.choice([None, 1.5, 2.5, 3.5]),
        )
        for number in range(count)
    ]


def dominates(one: TrialSummary, other: TrialSummary, axes: tuple[str, str]) -> bool:
    gains = [
        (getattr(one, axis) - getattr(other, axis)) * (1 if axis in MORE_IS_BETTER else -1) for axis in axes
    ]
    return min(gains) >= 0 and max(gains) > 0


@given(
    st.integers(0, 2**32),
    st.integers(0, 40),
    st.integers(1, 50),
    st.sampled_from(list(product(MEASURES, repeat=2))),
)
def test_front_and_sample(seed: int, count: int, points: int, axes: tuple[str, str]) -> None:
    trials = random_trials(seed, count)
    x, y = axes
    found = view_of(trials).scatter(x, y, points)
    known = [one for one in trials if getattr(one, x) is not None and getattr(one, y) is not None]
    front = {one.number for one in known if not any(dominates(other, one, axes) for other in known)}
    assert found.count == len(known)
    assert {point.number for point in found.front} == front
    assert set(found.front) <= set(found.points)
    assert len(found.points) == min(len(known), max(points, len(front)))
    assert [point.number for point in found.points] == sorted(point.number for point in found.points)
    assert [point.x for point in found.front] == sorted(point.x for point in found.front)
    by_number = {one.number: (getattr(one, x), getattr(one, y)) for one in known}
    assert all(by_number[point.number] == (point.x, point.y) for point in found.points)


def test_a_new_trial_displaces_at_most_one_of_the_sample() -> None:
    trials = [row(number, reward=0.5 - number / 1000, parameters=number) for number in range(300)]
    before, after = (view_of(trials[:count]).scatter("parameters", "reward", 100) for count in (299, 300))
    lost = {point.number for point in before.points} - {point.number for point in after.points}
    assert len(lost) <= 1


def test_only_completed_trials_are_points() -> None:
    found = view_of([row(0), failed(1, parameters=5), running(2)]).scatter("parameters", "train_seconds")
    assert found.points == (Point(1000.0, 8.0, 0),)
    assert (found.x_is_minimised, found.y_is_minimised) == (True, True)


def test_a_search_that_wants_more_parameters_has_its_front_there() -> None:
    config = SearchConfig.model_validate({"reward": {"objectives": ["accuracy", "params"]}}).stored()
    view = view_of([row(0, parameters=1), row(1, parameters=2)], config=config)
    found = view.scatter("parameters", "validation_accuracy")
    assert not found.x_is_minimised
    assert [point.number for point in found.front] == [1]


@pytest.mark.parametrize(("x", "y"), [("params", "reward"), ("reward", "number")])
def test_an_axis_that_is_no_measure_is_refused(x: str, y: str) -> None:
    with pytest.raises(QueryError, match=r"[xy]: expected a measure, got"):
        view_of([row(0)]).scatter(x, y)
