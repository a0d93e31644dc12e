"""Only feasible architectures come through, and limits that none meets end the asking."""

from math import log

import pytest

from nas.strategies.grid import Grid
from nas.strategies.limited import Limited
from nas.strategies.policy_gradient.strategy import PolicyGradient
from nas.strategies.random import RandomSearch
from search_spaces.architecture import Architecture
from search_spaces.complexity import cost
from search_spaces.spaces.toy import ToySpace

SPACE = ToySpace()


def parameters(architecture: Architecture) -> int:
    return cost(SPACE.network(architecture, (1, 8, 8), 10)).parameters


def test_a_limit_on_parameters_is_kept() -> None:
    prices = sorted(parameters(architecture) for architecture in SPACE.enumerate())
    limit = prices[len(prices) // 3]
    strategy = Limited(RandomSearch(SPACE, 0), lambda a: parameters(a) <= limit)
    kept = [parameters(proposal.architecture) for proposal in strategy.ask(40)]
    assert len(kept) == 40
    assert max(kept) <= limit < prices[-1]


def test_the_feasible_ones_of_a_grid_in_order() -> None:
    feasible = [a for a in SPACE.enumerate() if sum(a.tokens) == 3]
    proposals = Limited(Grid(SPACE), lambda a: sum(a.tokens) == 3).ask(1_000)
    assert [proposal.architecture for proposal in proposals] == feasible


def test_gives_up_where_nothing_is_feasible() -> None:
    judged: list[Architecture] = []

    def never(architecture: Architecture) -> bool:
        judged.append(architecture)
        return False

    inside = RandomSearch(SPACE, 0)
    limited = Limited(inside, never, attempts=30)
    assert limited.ask(4) == []
    twin = RandomSearch(SPACE, 0)
    drawn = [one.architecture for one in twin.ask(30)]
    assert judged == list(dict.fromkeys(drawn))  # nothing is judged twice
    assert inside.save() == twin.save()
    assert limited.ending == "the last 30 drawn did not keep to the limits"


def test_the_ending_says_what_was_wrong_with_them() -> None:
    limited = Limited(RandomSearch(SPACE, 0), lambda _: False, attempts=3, infeasible="were too blue")
    assert limited.ask(1) == []
    assert limited.ending == "the last 3 drawn were too blue"


def test_a_grid_at_its_end_is_told_from_giving_up() -> None:
    limited = Limited(Grid(SPACE), lambda a: sum(a.tokens) == 3, attempts=SPACE.size)
    limited.ask(SPACE.size)
    assert limited.ending == "there are no more architectures to propose"


def test_a_log_probability_stays_the_policys_own() -> None:
    def is_feasible(architecture: Architecture) -> bool:
        return architecture.tokens[0] == 0

    policy = PolicyGradient(SPACE, 1)
    for proposal in Limited(policy, is_feasible).ask(10):
        assert is_feasible(proposal.architecture)
        assert proposal.log_probability == pytest.approx(8 * log(1 / 2), abs=0.2)  # not 7 of them
