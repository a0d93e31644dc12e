"""The proved minimum against all architectures, also for operations that are cheaper at stride 2."""

import time

import pytest

from search_spaces.complexity import Cost, cost
from search_spaces.feasibility import minimum_cost
from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations import Operation, find_operations
from search_spaces.registry import build_space
from search_spaces.spaces.cell import CellSpace

IMAGE = (1, 8, 8)


def smallest_of_all(space: CellSpace) -> Cost:
    costs = [cost(space.network(architecture, IMAGE, 3)) for architecture in space.enumerate()]
    return Cost(
        min(one.parameters for one in costs),
        min(one.multiply_adds for one in costs),
        min(one.activation_bytes for one in costs),
    )


def cheap_when_strided(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """Pools where it must, and is dear where it need not."""
    if stride == 2:
        return g.pool(x, "max", kernel=3, stride=2)
    return g.relu(g.norm(g.conv(g.relu(x), channels_out, kernel=7)))


def dear_in_little(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """No weights, and many values."""
    x = g.pool(x, "max", kernel=3, stride=stride)
    for _ in range(5):
        x = g.shift(x)
    return x


STRIDED = Operation("cheap_when_strided", "test", cheap_when_strided)
LITTLE = Operation("dear_in_little", "test", dear_in_little)


@pytest.mark.parametrize(
    "space",
    [
        CellSpace(1, 1, 4, 1, find_operations(["conv_3x3", "identity", "residual_basic"])),
        CellSpace(1, 2, 3, 1, find_operations(["sep_conv_3x3", "conv_3x3"])),
        CellSpace(1, 1, 2, 2, find_operations(["conv_1x1", "squeeze_excite"])),
        CellSpace(2, 1, 4, 0, find_operations(["conv_3x3", "avg_pool_3x3"])),
        CellSpace(1, 1, 4, 1, (STRIDED, LITTLE)),
    ],
    ids=lambda space: f"{space.size}",
)
def test_it_is_the_minimum_over_all_architectures(space):
    assert minimum_cost(space, IMAGE, 3) == smallest_of_all(space)


@pytest.mark.parametrize("operation", [STRIDED, LITTLE, *find_operations(["conv_3x3", "identity"])])
def test_it_is_the_minimum_over_all_wirings_of_two_blocks(operation):
    """One operation leaves 36 x 36 wirings of the two cells."""
    space = CellSpace(2, 1, 2, 1, (operation,))
    assert minimum_cost(space, IMAGE, 3) == smallest_of_all(space)


def test_the_candidates_are_few_and_the_default_space_takes_no_time():
    space = build_space("cell", blocks=7)
    start = time.process_time()
    least = minimum_cost(space, (3, 32, 32), 10)
    assert time.process_time() - start < 2
    assert 0 < least.parameters < 50_000
    assert len(list(space.cheapest((3, 32, 32), 10))) == 36
