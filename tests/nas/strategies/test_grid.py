"""The grid is the space in order, once."""

from nas.strategies.grid import Grid
from search_spaces.spaces.toy import ToySpace

SPACE = ToySpace()


def test_enumerates_the_space_in_order_and_ends() -> None:
    grid = Grid(SPACE)
    proposals = grid.ask(100) + grid.ask(100) + grid.ask(100)
    assert [proposal.architecture for proposal in proposals] == list(SPACE.enumerate())
    assert grid.ask(1) == []


def test_goes_on_after_a_restore_where_it_was() -> None:
    grid, restored = Grid(SPACE), Grid(SPACE)
    grid.ask(250)
    restored.restore(grid.save(), [])
    assert restored.ask(10) == grid.ask(10)
    assert restored.ask(1) == grid.ask(1) == []
    again = Grid(SPACE)
    again.restore(restored.save(), [])
    assert again.ask(1) == []


def test_there_is_no_policy_behind_it() -> None:
    (proposal,) = Grid(SPACE).ask(1)
    assert proposal.log_probability is None
    assert proposal.policy_version is None
