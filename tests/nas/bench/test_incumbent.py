"""Who is best so far: by the mean of its trainings, and a single lucky one decides nothing."""

import pytest

from nas.bench.incumbent import Incumbent
from nas.trial import Trial, TrialState
from search_spaces.architecture import Architecture


def trial(token, reward, repeat=0):
    architecture = Architecture("t", (token,))
    state = TrialState.FAILED if reward is None else TrialState.COMPLETED
    return Trial(0, 0, 0, architecture, str(token), 0, state, 0, reward=reward, repeat=repeat)


def best(repeats, *told):
    """The token and the number of trainings of the best after each of (token, reward)."""
    incumbent, seen = Incumbent(repeats), []
    for token, reward in told:
        found = incumbent.take(trial(token, reward))
        seen.append((found[0].architecture.tokens[0], len(found)) if found else None)
    return seen


def test_the_highest_where_each_is_trained_once():
    assert best(1, (0, None), (1, 0.5), (2, 0.7), (3, 0.6), (4, 0.7)) == [
        None,
        (1, 1),
        (2, 1),
        (2, 1),
        (2, 1),
    ]


def test_one_that_had_all_of_its_trainings_stands_before_a_lucky_one():
    assert best(2, (0, 0.5), (1, 0.9), (0, 0.6), (1, 0.1), (2, 0.99)) == [
        (0, 1), (1, 1), (0, 2), (0, 2), (0, 2),
    ]  # fmt: skip


def test_the_mean_decides():
    assert best(2, (0, 0.9), (0, 0.1), (1, 0.6), (1, 0.6))[-1] == (1, 2)


@pytest.mark.parametrize("failing", [0, 1])
def test_one_whose_training_failed_stands_behind(failing):
    rewards = [0.9, 0.9]
    rewards[failing] = None
    told = [*((0, reward) for reward in rewards), (1, 0.2), (1, 0.3)]
    assert best(2, *told)[-2:] == [(0, 1), (1, 2)]
