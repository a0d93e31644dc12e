"""One form for all cells that are the same but for the order of operands and of blocks.

A cell is a graph of blocks, each an unordered pair of (operation, source). Its canonical form is the smallest list of
blocks that comes of numbering them in an order that no use goes against. Two cells have one form exactly where some
renumbering makes them equal; two blocks with equal operations on equal sources stay two.
"""

from collections.abc import Iterator, Mapping, Sequence

from search_spaces.cell import CURRENT, INPUTS, PREVIOUS, Cell

Edge = tuple[str, int]
"""An operation's name and the source it is applied to."""
Pair = tuple[Edge, Edge]
"""A block: its two edges, the smaller first."""


def canonical_form(cell: Cell, *, inputs_are_equal: bool = False) -> tuple[Pair, ...]:
    """Returns the smallest list of blocks; with `inputs_are_equal` the cell's inputs may change places too."""
    edges = ([(branch.operation.name, branch.source) for branch in block.branches] for block in cell.blocks)
    blocks = [_pair(left, right) for left, right in edges]
    straight = _smallest(blocks, {PREVIOUS: PREVIOUS, CURRENT: CURRENT})
    if not inputs_are_equal:
        return straight
    return min(straight, _smallest(blocks, {PREVIOUS: CURRENT, CURRENT: PREVIOUS}))


def _smallest(blocks: Sequence[Pair], inputs: Mapping[int, int]) -> tuple[Pair, ...]:
    """Numbers block after block, the smallest next one first; where several are smallest, each is tried."""
    form: list[Pair] = []
    numberings = [dict(inputs)]  # source -> its new number, for the blocks placed so far
    for number in range(len(INPUTS), len(INPUTS) + len(blocks)):
        candidates = [
            (_renumbered(blocks[source - len(INPUTS)], numbering), source, numbering)
            for numbering in numberings
            for source in _ready(blocks, numbering)
        ]
        smallest = min(pair for pair, _, _ in candidates)
        form.append(smallest)
        numberings = [
            {**numbering, source: number} for pair, source, numbering in candidates if pair == smallest
        ]
    return tuple(form)


def _ready(blocks: Sequence[Pair], numbering: Mapping[int, int]) -> Iterator[int]:
    """Yields the blocks not yet numbered whose sources are; of blocks that could change places only the first."""
    ready: list[int] = []
    for source, block in enumerate(blocks, start=len(INPUTS)):
        is_ready = source not in numbering and all(used in numbering for _, used in block)
        if is_ready and not any(_are_twins(blocks, source, other) for other in ready):
            ready.append(source)
            yield source


def _are_twins(blocks: Sequence[Pair], one: int, other: int) -> bool:
    """Whether the cell stays as it is when two blocks change places: then either will do, and trying both is waste."""
    if blocks[one - len(INPUTS)] != blocks[other - len(INPUTS)]:
        return False
    swap = {source: source for source in range(len(INPUTS) + len(blocks))} | {one: other, other: one}
    return all(_renumbered(block, swap) == block for block in blocks)


def _renumbered(block: Pair, numbering: Mapping[int, int]) -> Pair:
    (left, left_source), (right, right_source) = block
    return _pair((left, numbering[left_source]), (right, numbering[right_source]))


def _pair(one: Edge, other: Edge) -> Pair:
    return (one, other) if one <= other else (other, one)
