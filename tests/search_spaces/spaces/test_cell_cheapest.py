"""The proved minimum against all architectures, also for operations that are cheaper at stride 2."""

import pytest

from search_spaces.cheapest import MEASURES
from search_spaces.complexity import Cost
from search_spaces.feasibility import minimum_cost
from search_spaces.graph import GraphBuilder, Shape, Value
from search_spaces.network import CellStack
from search_spaces.operations import Operation, find_operations
from search_spaces.registry import build_space
from search_spaces.space import Space
from search_spaces.spaces.cell import CellSpace
from search_spaces.spaces.cell_cheapest import cheapest_stacks
from search_spaces.spaces.nasnet import NasnetSpace

IMAGE = (1, 8, 8)


def smallest_of_all(space: Space, image: Shape = IMAGE, classes: int = 3) -> Cost:
    costs = [space.price(architecture, image, classes) for architecture in space.enumerate()]
    return Cost(*(min(map(measure, costs)) for measure in MEASURES))


def cheap_when_strided(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """Pools where it must, and is expensive where it need not."""
    if stride == 2:
        return g.pool(x, "max", kernel=3, stride=2)
    return g.relu(g.norm(g.conv(g.relu(x), channels_out, kernel=7)))


def costly_in_little(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """No weights, and many values."""
    x = g.pool(x, "max", kernel=3, stride=stride)
    for _ in range(5):
        x = g.shift(x)
    return x


def somewhat_cheaper_when_strided(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """So little that it is not worth a loose end."""
    x = g.pool(x, "max", kernel=3, stride=stride)
    return x if stride == 2 else g.norm(g.conv(x, channels_out, kernel=1, groups=channels_out))


STRIDED = Operation("cheap_when_strided", "test", cheap_when_strided)
LITTLE = Operation("costly_in_little", "test", costly_in_little)
SOMEWHAT = Operation("somewhat_cheaper_when_strided", "test", somewhat_cheaper_when_strided)


def cell_space(blocks: int, cells: int, filters: int, reductions: int, *names: str | Operation) -> CellSpace:
    operations = [find_operations([name])[0] if isinstance(name, str) else name for name in names]
    return CellSpace(blocks, cells, filters, reductions, tuple(operations), squeeze_excite=False)


@pytest.mark.parametrize(
    "space",
    [
        cell_space(1, 1, 4, 1, "conv_3x3", "identity", "residual_basic"),
        cell_space(1, 2, 3, 1, "sep_conv_3x3", "conv_3x3"),
        cell_space(1, 1, 2, 2, "conv_1x1", "squeeze_excite"),
        cell_space(2, 1, 4, 0, "conv_3x3", "avg_pool_3x3"),
        cell_space(1, 1, 4, 1, STRIDED, LITTLE),
        cell_space(2, 2, 2, 0, "zero", "conv_1x1"),
        CellSpace(1, 1, 4, 0, find_operations(["conv_3x3", "identity"]), squeeze_excite=True),
        CellSpace(1, 1, 8, 1, find_operations(["max_pool_3x3"]), squeeze_excite=True),
        NasnetSpace(1, 1, 4, 1, find_operations(["max_pool_3x3", "conv_1x1"])),
    ],
    ids=lambda space: f"{space.name}{space.size}",
)
def test_it_is_the_minimum_over_all_architectures(space):
    assert minimum_cost(space, IMAGE, 3) == smallest_of_all(space)


@pytest.mark.parametrize("cells", [1, 2, 3])
@pytest.mark.parametrize("reductions", [0, 1, 2])
@pytest.mark.parametrize(
    "operations", [("zero",), ("zero", "identity"), ("max_pool_3x3", "zero"), ("conv_1x1", "zero")], ids=str
)
def test_with_zeros_too(operations, cells, reductions):
    """With identities alone, cells that go round a dead reduction are the ones with the fewest parameters."""
    space = cell_space(1, cells, 2, reductions, *operations)
    assert minimum_cost(space, IMAGE, 30) == smallest_of_all(space, IMAGE, 30)
    for picture in (
        (7, 32, 32),
        (600, 4, 4),
    ):  # a classifier of constants has an input for each of these channels
        narrow = cell_space(1, cells, 1 + picture[0] // 200, reductions, *operations)
        assert minimum_cost(narrow, picture, 100) == smallest_of_all(narrow, picture, 100)


@pytest.mark.parametrize("operation", [STRIDED, LITTLE, SOMEWHAT, *find_operations(["conv_3x3", "identity"])])
def test_it_is_the_minimum_over_all_wirings_of_two_blocks(operation):
    """One operation leaves 36 x 36 wirings of the two cells."""
    space = cell_space(2, 1, 4, 1, operation)
    assert minimum_cost(space, IMAGE, 3) == smallest_of_all(space)


@pytest.mark.parametrize("operations", ["all", "identity,conv_3x3,max_pool_3x3"])
def test_few_prices_are_asked_for_and_fewer_candidates_found(operations):
    """Of at most 12 wirings, each with at most 3 kinds of branches, every operation."""
    space = build_space("cell", blocks=7, operations=operations)
    least = minimum_cost(space, (3, 32, 32), 10)
    assert 0 < least.parameters < 50_000

    asked = []

    def price(stack: CellStack) -> Cost:
        asked.append(stack)
        return space.price(space.encode(stack.normal, stack.reduction), (3, 32, 32), 10)

    template = space.stack(space.architecture((0,) * len(space.decisions)))
    found = list(cheapest_stacks(template, space.operations, price))
    assert 0 < len(found) <= 36
    assert 0 < len(asked) <= 36 * len(space.operations)
