"""Hypothesis strategies and helpers shared by the tests of this package."""

from dataclasses import replace
from random import Random

from hypothesis import strategies as st

from search_spaces.architecture import Architecture
from search_spaces.cell import INPUTS, Block, Branch, Cell
from search_spaces.space import Space


def architectures(space: Space) -> st.SearchStrategy[Architecture]:
    """Any architecture of the space."""
    tokens = [st.integers(0, len(decision.options) - 1) for decision in space.decisions]
    return st.tuples(*tokens).map(space.architecture)


def shuffled(cell: Cell, rng: Random) -> Cell:
    """The same cell with its blocks in another valid order and operands swapped at random."""
    place = {source: source for source in range(len(INPUTS))}
    blocks: list[Block] = []
    while len(blocks) < len(cell.blocks):
        ready = [
            index
            for index, block in enumerate(cell.blocks)
            if len(INPUTS) + index not in place and all(branch.source in place for branch in block.branches)
        ]
        block = cell.blocks[index := rng.choice(ready)]
        left, right = rng.sample([Branch(side.operation, place[side.source]) for side in block.branches], 2)
        place[len(INPUTS) + index] = len(INPUTS) + len(blocks)
        blocks.append(replace(block, left=left, right=right))
    return replace(cell, blocks=tuple(blocks))
