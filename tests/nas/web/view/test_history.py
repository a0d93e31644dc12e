"""Rewards in the order in which trials ended, against the same in plain Python."""

from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas.errors import QueryError
from nas.storage.records import TrialSummary
from nas.web.view.history import MEAN_OVER, history
from tests.nas.web.view.rows import columns_of, failed, row, running, view_of


def random_trials(seed: int, count: int) -> list[TrialSummary]:
    """Returns trials that ended in another order than they began, some failed, some not told, some running."""
    rng = Random(seed)
    events = rng.sample(range(1000), count)
    kinds = [rng.choice([row, row, row, failed, running]) for _ in range(count)]
    return [
        kind(
            number,
            **({"reward": rng.choice([0.1, 0.2, 0.3])} if kind is row else {}),
            **({} if kind is running else {"told_event": rng.choice([events[number], None])}),
        )
        for number, kind in enumerate(kinds)
    ]


@given(st.integers(0, 2**32), st.integers(0, 130), st.integers(1, 140))
def test_the_history_is_that_of_the_trials(seed: int, count: int, points: int) -> None:
    trials = random_trials(seed, count)
    found = history(columns_of(trials), points, None)
    ended = [trial for trial in trials if trial.finished_at is not None]
    ended.sort(
        key=lambda trial: (
            trial.told_event is None,
            trial.told_event or 0,
            trial.finished_at or 0,
            trial.number,
        )
    )
    assert found.count == len(ended)
    assert len(found.told) <= points
    for place, told in enumerate(found.told):
        stretch = ended[place * found.trials_a_point : told]
        highest = max((trial for trial in stretch if trial.reward is not None), key=reward_of, default=None)
        so_far = [trial.reward for trial in ended[:told] if trial.reward is not None]
        assert found.number[place] == (None if highest is None else highest.number)
        assert found.reward[place] == (None if highest is None else highest.reward)
        assert found.best[place] == max(so_far, default=None)
        assert found.mean[place] == pytest.approx(fmean(so_far[-MEAN_OVER:]) if so_far else None)
    assert found.told == tuple(
        min(end, len(ended))
        for end in range(found.trials_a_point, len(ended) + found.trials_a_point, found.trials_a_point)
    )


def reward_of(trial: TrialSummary) -> float:
    assert trial.reward is not None
    return trial.reward


def test_few_trials_are_a_point_each() -> None:
    found = view_of(
        [row(0, reward=0.4), failed(1), row(2, reward=0.3), row(3, reward=0.6), running(4)]
    ).history()
    assert found.told == (1, 2, 3, 4)
    assert found.number == (0, None, 2, 3)
    assert found.reward == (0.4, None, 0.3, 0.6)
    assert found.best == (0.4, 0.4, 0.4, 0.6)
    assert found.mean == pytest.approx((0.4, 0.4, 0.35, 1.3 / 3))


def test_before_the_first_reward_there_is_no_best() -> None:
    found = view_of([failed(0), failed(1)]).history()
    assert (found.best, found.mean, found.reward) == ((None, None), (None, None), (None, None))


def test_without_trials_it_is_empty() -> None:
    found = view_of([]).history()
    assert (found.told, found.best, found.mean, found.count) == ((), (), (), 0)


@pytest.mark.parametrize("points", [0, -1, 10**9])
def test_no_or_very_many_points_are_refused(points: int) -> None:
    with pytest.raises(QueryError, match="points: expected 1 to"):
        view_of([row(0)]).history(points)
