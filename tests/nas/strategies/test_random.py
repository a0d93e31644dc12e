"""Random search is uniform and learns nothing."""

from collections import Counter
from math import sqrt

from nas.strategies.random import RandomSearch
from search_spaces.spaces.cell import CellSpace
from search_spaces.spaces.toy import ToySpace
from tests.nas.strategies.driver import Driver


def test_every_option_is_drawn_equally_often() -> None:
    space, draws = CellSpace(), 3_000
    drawn = [proposal.architecture.tokens for proposal in RandomSearch(space, 0).ask(draws)]
    for position, decision in enumerate(space.decisions):
        share = 1 / len(decision.options)
        counts = Counter(tokens[position] for tokens in drawn)
        for option in range(len(decision.options)):
            assert abs(counts[option] / draws - share) < 5 * sqrt(share * (1 - share) / draws)


def test_results_do_not_change_what_it_proposes() -> None:
    space = ToySpace()
    told = Driver(RandomSearch(space, 0), space, lambda a: float(a.tokens[0]))
    told.rounds(5, batch=4)
    assert told.updates == []
    assert [trial.architecture for trial in told.trials] == [
        p.architecture for p in RandomSearch(space, 0).ask(20)
    ]
    assert {trial.baseline for trial in told.trials} == {None}
