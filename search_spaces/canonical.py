"""One key for all architectures whose networks are the same but for the order of operands, of blocks and of cells.

A cell is a graph of blocks, each an unordered pair of (operation, source). Its canonical form is the smallest list of
blocks that comes of numbering them in an order that no use goes against. Two cells have one form exactly where some
renumbering makes them equal; two blocks with equal operations on equal sources stay two.

A network is its last cell, applied to the networks that end in the cells it uses, and so on down to the stem. So a cell
that nothing uses plays no part, and where both inputs of a cell are networks alike, its inputs may change places.
"""

from collections.abc import Iterator, Mapping, Sequence

from search_spaces.cell import CURRENT, INPUTS, PREVIOUS, Cell
from search_spaces.network import CellStack
from search_spaces.space import digest

Edge = tuple[str, int]
"""An operation's name and the source it is applied to."""
Pair = tuple[Edge, Edge]
"""A block: its two edges, the smaller first."""
Form = tuple[Pair, ...]

INPUT_ORDERS = ((PREVIOUS, CURRENT), (CURRENT, PREVIOUS))


def canonical_key(stack: CellStack) -> str:
    """Returns 32 hexadecimal digits, equal exactly for stacks whose networks are isomorphic."""
    cells = {place.is_reduction: stack.cell(place) for place in stack.places}
    sources = {kind: cell.sources for kind, cell in cells.items()}
    forms = {
        kind: [(order, canonical_form(cell, order)) for order in INPUT_ORDERS] for kind, cell in cells.items()
    }
    keys = ["stem"] * len(INPUTS)
    for place in stack.places:
        kind = place.is_reduction
        inputs = [key if source in sources[kind] else "" for source, key in enumerate(keys[-len(INPUTS) :])]
        applied = min(([inputs[source] for source in order], form) for order, form in forms[kind])
        keys.append(digest(place.is_reduction, place.filters, applied))
    return keys[-1]


def canonical_form(cell: Cell, inputs: tuple[int, int] = INPUT_ORDERS[0]) -> Form:
    """Returns the smallest list of blocks, in which the cell's `inputs` are sources 0 and 1 in the order given."""
    edges = ([(branch.operation.name, branch.source) for branch in block.branches] for block in cell.blocks)
    return _smallest([_pair(left, right) for left, right in edges], inputs)


def _smallest(blocks: Sequence[Pair], inputs: Sequence[int]) -> Form:
    """Numbers block after block, the smallest next one first; where several are smallest, each is tried."""
    form: list[Pair] = []
    # Each maps a source to its new number, for the sources numbered so far.
    numberings = [{source: number for number, source in enumerate(inputs)}]
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
        (_, left), (_, right) = block
        is_ready = source not in numbering and left in numbering and right in numbering
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
