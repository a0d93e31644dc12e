"""The space of NAS-Bench-201: published figures, its strings, and which of its 15,625 cells are equal."""

from collections.abc import Mapping
from functools import cache
from itertools import permutations
from random import Random

import pytest
import torch

from search_spaces.build import build_module
from search_spaces.complexity import cost
from search_spaces.errors import SpaceError
from search_spaces.feasibility import minimum_cost
from search_spaces.registry import build_space
from search_spaces.spaces.nasbench201 import EDGES, NAMES, NasBench201Space

CIFAR = ((3, 32, 32), 10)
SPACE = NasBench201Space()
ROW_0 = "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"
ROW_1 = "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|"
ROW_6111 = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|"
"""The cells of these rows of the benchmark."""


def every_edge(operation: str) -> str:
    return SPACE.cell_string(SPACE.architecture([NAMES.index(operation)] * len(EDGES)))


@pytest.mark.parametrize(
    ("cell", "parameters", "multiply_adds", "published"),
    [
        (every_edge("none"), 73_306, 7_783_040, (0.073, 7.78)),
        (every_edge("skip_connect"), 73_306, 7_783_040, (0.073, 7.78)),
        (ROW_0, 129_306, 15_647_360, (0.129, 15.65)),
        (ROW_1, 802_426, 113_951_360, (0.802, 113.95)),
        (ROW_6111, 1_073_466, 153_272_960, (1.073, 153.27)),
        (every_edge("nor_conv_3x3"), 1_531_546, 220_119_680, (1.532, 220.12)),
    ],
)
def test_costs_are_those_published(cell, parameters, multiply_adds, published):
    """Dong and Yang 2020; the largest has 1.5315 M parameters. Dead edges are paid for."""
    price = SPACE.price(SPACE.parse_cell(cell), *CIFAR)
    assert (price.parameters, price.multiply_adds) == (parameters, multiply_adds)
    assert (round(parameters / 1e6, 3), round(multiply_adds / 1e6, 2)) == published


def test_a_dead_convolution_is_built_and_paid_for():
    dead = SPACE.parse_cell("|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|")
    living = SPACE.parse_cell(every_edge("skip_connect"))
    assert SPACE.price(dead, *CIFAR).parameters > SPACE.price(living, *CIFAR).parameters
    assert SPACE.price(dead, *CIFAR) == cost(SPACE.network(dead, *CIFAR))
    through = SPACE.parse_cell("|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|")
    assert SPACE.canonical_key(dead) == SPACE.canonical_key(through)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("image", [(3, 32, 32), (1, 9, 7)])
def test_prices_are_those_of_the_built_network(seed, image):
    space = build_space("nasbench201", cells_per_stage=2, filters=4)
    architecture = space.random(Random(seed))
    graph = space.network(architecture, image, 7)
    module = build_module(graph)
    assert module.eval()(torch.zeros(2, *image)).shape == (2, 7)
    assert (
        sum(weight.numel() for weight in module.parameters())
        == space.price(architecture, image, 7).parameters
    )
    assert space.price(architecture, image, 7) == cost(graph)


def test_the_cheapest_is_cheapest_in_everything():
    space = build_space("nasbench201", cells_per_stage=1, filters=2)
    prices = [space.price(space.random(Random(seed)), *CIFAR) for seed in range(100)]
    smallest = minimum_cost(space, *CIFAR)
    assert smallest == space.price(space.parse_cell(every_edge("skip_connect")), *CIFAR)
    for price in prices:
        assert price.parameters >= smallest.parameters
        assert price.multiply_adds >= smallest.multiply_adds
        assert price.activation_bytes >= smallest.activation_bytes


def test_a_reduction_is_the_published_residual_block():
    """Its shortcut is a mean over 2x2 and a convolution without normalisation."""
    nodes = [
        node for node in SPACE.network(SPACE.random(Random(0)), *CIFAR).nodes if node.scope[0] == "reduction1"
    ]
    assert [node.name.removeprefix("reduction1.") for node in nodes] == [
        *(f"body.{layer}" for layer in range(6)),
        "shortcut.0",
        "shortcut.1",
        "layer0",
    ]
    assert str(nodes[6].layer.torch_call()) == "nn.AvgPool2d(2, stride=2, padding=0, ceil_mode=True)"
    assert nodes[-1].shape == (32, 16, 16)


def test_strings_come_back_and_stand_in_the_order_of_the_decisions():
    for architecture in SPACE.enumerate():
        assert SPACE.parse_cell(SPACE.cell_string(architecture)) == architecture
    chosen = SPACE.describe(SPACE.parse_cell(ROW_1))
    assert chosen["node1.from_node0"] == "nor_conv_3x3"
    assert chosen["node2.from_node1"] == "avg_pool_3x3"
    assert chosen["node3.from_node0"] == "skip_connect"
    assert SPACE.size == 15_625


@pytest.mark.parametrize(
    "text",
    ["", ROW_0[:-1], ROW_0.replace("~1", "~0"), ROW_0.replace("avg_pool_3x3", "max_pool_3x3"), ROW_0 + ROW_0],
)
def test_other_strings_are_refused_with_an_example(text):
    with pytest.raises(
        SpaceError, match=r"expected a cell such as '\|skip_connect~0\|\+.*none, skip_connect.*got '"
    ):
        SPACE.parse_cell(text)


def test_the_outline_has_the_living_edges():
    outline = SPACE.outline(
        SPACE.parse_cell("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|none~2|")
    )
    (panel,) = outline.panels
    assert [box.label for box in panel.boxes] == ["input", "nor_conv_3x3", "+", "skip_connect", "+", "output"]
    assert ("node0", "node1.from_node0") in panel.arrows
    assert ("node2.from_node1", "node2") in panel.arrows
    assert len(panel.arrows) == 4
    assert outline.stack == (
        "stem → 5 x cell (16 filters) → reduction → 5 x cell (32 filters) → reduction → 5 x cell (64 filters) "
        "→ classifier"
    )


Sums = tuple[int, ...]
Pieces = tuple[tuple[str, Sums], ...]
"""Operation and the numbers of the pieces it is applied to the sum of; piece 0 is the input."""


def pieces(chosen: Mapping[tuple[int, int], str]) -> tuple[Pieces, Sums]:
    """The living operations of a cell, and which of them are summed at the end."""
    found: list[tuple[str, Sums]] = [("input", ())]
    nodes: list[Sums] = [(0,)]
    for target in range(1, 4):
        summed: list[int] = []
        for source in range(target):
            operation, value = chosen[source, target], nodes[source]
            if operation == "none" or not value:
                continue
            if operation == "skip_connect":
                summed += value
                continue
            piece = (operation, value)
            if operation != "avg_pool_3x3" or piece not in found:
                found.append(piece)
                summed.append(len(found) - 1)
            else:
                summed.append(found.index(piece))
        nodes.append(tuple(sorted(summed)))
    return tuple(found), nodes[-1]


@cache
def smallest_relabelling(found: Pieces, output: Sums) -> str:
    """By trying every order of the pieces that reach the output."""
    reached, new = set(output) - {0}, set(output) - {0}
    while new:
        new = {source for piece in new for source in found[piece][1]} - reached - {0}
        reached |= new

    def relabelled(order: tuple[int, ...]) -> tuple[object, ...]:
        number = {0: 0} | {piece: place for place, piece in enumerate(order, start=1)}
        sums = [(found[piece][0], sorted(number[source] for source in found[piece][1])) for piece in order]
        return (sums, sorted(number[piece] for piece in output))

    return repr(min(relabelled(order) for order in permutations(sorted(reached))))


def test_keys_of_all_cells_are_those_of_a_brute_force_over_relabellings():
    everything = list(SPACE.enumerate())
    keys = [SPACE.canonical_key(architecture) for architecture in everything]
    edges = ([NAMES[token] for token in architecture.tokens] for architecture in everything)
    classes = [smallest_relabelling(*pieces(dict(zip(EDGES, chosen, strict=True)))) for chosen in edges]
    assert len(set(keys)) == len(set(classes)) == len(set(zip(keys, classes, strict=True))) == 5_260


def benchmark_string(chosen: Mapping[tuple[int, int], str], *, consider_zero: bool) -> str:
    """The rule of the benchmark's own code: an expression for each node, its summands sorted as text."""
    nodes = ["0"]
    for target in range(1, 4):
        summands = []
        for source in range(target):
            operation, value = chosen[source, target], nodes[source]
            if consider_zero and (operation == "none" or value == "#"):
                summands.append("#")
            else:
                summands.append(value if operation == "skip_connect" else f"({value})@{operation}")
        nodes.append("+".join(sorted(summands)))
    return nodes[-1]


@pytest.mark.parametrize(("consider_zero", "classes"), [(False, 12_751), (True, 6_466)])
def test_the_strings_of_the_benchmark_make_other_classes(consider_zero, classes):
    """They forget which node an expression came from: a convolution used twice reads like two convolutions.

    And "#+#" is not "#" to them, nor is a sum within a sum one sum.
    """
    cells = [dict(zip(EDGES, SPACE.describe(one).values(), strict=True)) for one in SPACE.enumerate()]
    assert len({benchmark_string(cell, consider_zero=consider_zero) for cell in cells}) == classes


def test_a_shared_convolution_is_what_the_strings_do_not_see():
    shared = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|skip_connect~1|avg_pool_3x3~2|"
    apart = "|nor_conv_3x3~0|+|nor_conv_3x3~0|none~1|+|none~0|skip_connect~1|avg_pool_3x3~2|"
    cells = [SPACE.parse_cell(text) for text in (shared, apart)]
    chosen = [dict(zip(EDGES, SPACE.describe(cell).values(), strict=True)) for cell in cells]
    assert len({benchmark_string(cell, consider_zero=True) for cell in chosen}) == 1
    assert SPACE.canonical_key(cells[0]) != SPACE.canonical_key(cells[1])
    assert SPACE.price(cells[0], *CIFAR).parameters < SPACE.price(cells[1], *CIFAR).parameters


def test_a_cell_alone_is_as_wide_as_the_first_stage():
    graph = build_space("nasbench201", filters=8).cell_graph(SPACE.random(Random(1)))
    assert graph.image == graph.output == (8, 1, 1)


def test_a_cell_may_be_named_by_the_benchmarks_string_or_by_tokens():
    cell = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|"
    assert SPACE.read(cell) == SPACE.parse_cell(cell) == SPACE.read("3.0.1.0.0.4")
