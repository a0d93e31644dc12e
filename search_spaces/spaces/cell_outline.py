"""What a drawing shows of stacked cells: one panel a cell, operations as boxes between the joins of the blocks."""

from collections.abc import Iterator

from search_spaces.cell import Cell, source_name
from search_spaces.network import CellStack
from search_spaces.outline import Box, Outline, Panel


def outline_stack(stack: CellStack, title: str) -> Outline:
    """Returns the panels of the cells and, in one line, how they are stacked."""
    panels = [outline_cell("Normal cell", stack.normal)]
    if stack.reduction is not None:
        panels.append(outline_cell("Reduction cell", stack.reduction))
    return Outline(title, " → ".join(_stages(stack)), tuple(panels))


def outline_cell(title: str, cell: Cell) -> Panel:
    """Returns inputs in use, operations, sums and the concatenation of loose ends, in the order of computation."""
    boxes = [
        Box(source_name(source), source_name(source), "input")
        for source in sorted(cell.sources)
        if source < 2
    ]
    arrows: list[tuple[str, str]] = []
    for index, block in enumerate(cell.blocks):
        join = f"block{index}"
        for side, branch in (("left", block.left), ("right", block.right)):
            key = f"{join}.{side}"
            boxes.append(Box(key, branch.operation.name, "operation"))
            arrows += [(source_name(branch.source), key), (key, join)]
        boxes.append(Box(join, "+", "join"))
    loose_ends = [source_name(source) for source in cell.loose_ends]
    boxes.append(Box("output", "concat" if len(loose_ends) > 1 else "output", "output"))
    arrows += [(end, "output") for end in loose_ends]
    return Panel(title, tuple(boxes), tuple(arrows))


def _stages(stack: CellStack) -> Iterator[str]:
    yield "stem"
    for stage in range(stack.reductions + 1):
        width = stack.filters * 2**stage
        if stage:
            yield f"reduction ({width} filters)"
        yield f"{stack.cells_per_stage} x normal ({width} filters)"
    yield "classifier"
