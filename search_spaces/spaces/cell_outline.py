"""What a drawing shows of stacked cells: one panel a cell, operations as boxes between the joins of the blocks."""

from collections.abc import Iterator

from search_spaces.cell import COMBINE_SIGNS, INPUTS, Cell, source_name
from search_spaces.network import CellStack
from search_spaces.outline import Arrow, Box, Outline, Panel


def outline_stack(stack: CellStack, title: str) -> Outline:
    """Returns the panels of the cells and, in one line, how they are stacked."""
    panels = [outline_cell("Normal cell", stack.normal)]
    if stack.reduction is not None:
        panels.append(outline_cell("Reduction cell", stack.reduction))
    return Outline(title, " → ".join(_stages(stack)), tuple(panels))


def outline_cell(title: str, cell: Cell) -> Panel:
    """Returns inputs in use, operations, joins and the concatenation of loose ends, in the order of computation."""
    used = sorted(source for source in cell.sources if source < len(INPUTS))
    boxes = [Box(source_name(source), source_name(source), "input") for source in used]
    arrows: list[Arrow] = []
    for index, block in enumerate(cell.blocks):
        join = f"block{index}"
        for side, branch in (("left", block.left), ("right", block.right)):
            key = f"{join}.{side}"
            boxes.append(Box(key, branch.operation.name, "operation"))
            arrows += [(source_name(branch.source), key), (key, join)]
        boxes.append(Box(join, COMBINE_SIGNS[block.combine], "join"))
    last_boxes, last_arrows = _ending(cell)
    return Panel(title, (*boxes, *last_boxes), (*arrows, *last_arrows))


def _ending(cell: Cell) -> tuple[list[Box], list[Arrow]]:
    """Returns what follows the blocks: the concatenation, where there are several loose ends, and the excitation."""
    ends = [source_name(source) for source in cell.loose_ends]
    if not cell.excitation:
        label = "concat" if len(ends) > 1 else "output"
        return [Box("output", label, "output")], [(end, "output") for end in ends]
    boxes = [
        Box("excite", f"squeeze_excite_{cell.excitation}", "operation"),
        Box("output", "output", "output"),
    ]
    if len(ends) == 1:
        return boxes, [(ends[0], "excite"), ("excite", "output")]
    join = Box("concat", "concat", "join")
    return [join, *boxes], [*((end, "concat") for end in ends), ("concat", "excite"), ("excite", "output")]


def _stages(stack: CellStack) -> Iterator[str]:
    yield "stem"
    for stage in range(stack.reductions + 1):
        width = stack.filters * 2**stage
        if stage:
            yield f"reduction ({width} filters)"
        yield f"{stack.cells_per_stage} x normal ({width} filters)"
    yield "classifier"
