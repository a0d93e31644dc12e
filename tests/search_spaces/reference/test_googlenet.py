"""GoogLeNet against table 1 of Szegedy et al. 2015, module by module.

Where a printed figure is more than 5 % away from the arithmetic of the printed filters, `MISPRINTS` says so and why.
"""

from dataclasses import dataclass

import pytest

from search_spaces.complexity import cost, layer_costs
from search_spaces.layers import Conv, Linear
from search_spaces.reference.catalogue import find_network

GOOGLENET = find_network("googlenet")
GRAPH = GOOGLENET.network(GOOGLENET.image, GOOGLENET.classes)
TOLERANCE = 0.05


@dataclass(frozen=True)
class Row:
    """A printed row: what the network calls it, the shape after its convolutions, weights in K, multiply-adds in M."""

    part: str
    shape: tuple[int, int, int]
    weights: float
    multiply_adds: float


TABLE = [
    Row("stem1", (64, 112, 112), 2.7, 34),
    Row("stem2", (192, 56, 56), 112, 360),
    Row("inception_3a", (256, 28, 28), 159, 128),
    Row("inception_3b", (480, 28, 28), 380, 304),
    Row("inception_4a", (512, 14, 14), 364, 73),
    Row("inception_4b", (512, 14, 14), 437, 88),
    Row("inception_4c", (512, 14, 14), 463, 100),
    Row("inception_4d", (528, 14, 14), 580, 119),
    Row("inception_4e", (832, 14, 14), 840, 170),
    Row("inception_5a", (832, 7, 7), 1072, 54),
    Row("inception_5b", (1024, 7, 7), 1388, 71),
    Row("head", (1000, 1, 1), 1000, 1),
]

SEPARABLE = "14 weights a pair of channels, as of a 7x1 window beside a 1x7, where a 7x7 window has 49"
MISPRINTS = {
    ("stem1", "weights"): SEPARABLE,
    ("stem1", "multiply_adds"): SEPARABLE,
    (
        "inception_4c",
        "weights",
    ): "the 100 M printed beside it, at 14 x 14 positions, are 510 K weights, not 463 K",
    (
        "inception_5a",
        "multiply_adds",
    ): "at 7 x 7 positions 54 M were 1102 K weights, more than the 1072 K beside it",
}


def measured(row: Row, figure: str) -> float:
    """Returns the figure by arithmetic, in the unit of the table; biases are no weights there."""
    members = [
        (node, price)
        for node, price in zip(GRAPH.nodes, layer_costs(GRAPH), strict=True)
        if node.scope[:1] == (row.part,) and isinstance(node.layer, Conv | Linear)
    ]
    if figure == "weights":
        return sum(price.parameters - node.shape[0] for node, price in members) / 1e3
    return sum(price.multiply_adds for _, price in members) / 1e6


@pytest.mark.parametrize("figure", ["weights", "multiply_adds"])
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.part)
def test_every_module_costs_what_is_printed_or_is_known_not_to(row, figure):
    printed = getattr(row, figure)
    is_near = printed == pytest.approx(measured(row, figure), rel=TOLERANCE)
    assert is_near != ((row.part, figure) in MISPRINTS), (printed, measured(row, figure))


def test_the_reasons_given_for_the_misprints_hold():
    stem, module_4c, module_5a = (TABLE[index] for index in (0, 6, 9))
    separable = (7 + 7) * 3 * 64
    assert round(separable / 1e3, 1) == stem.weights
    assert round(separable * 112 * 112 / 1e6) == stem.multiply_adds
    assert measured(stem, "weights") == pytest.approx(9.4, abs=0.05)
    assert measured(stem, "multiply_adds") == pytest.approx(118, abs=0.5)
    assert module_4c.multiply_adds * 1e3 / 14**2 == pytest.approx(measured(module_4c, "weights"), rel=0.005)
    assert module_5a.multiply_adds * 1e3 / 7**2 == pytest.approx(1102, abs=0.5)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.part)
def test_every_module_has_the_printed_shape(row):
    shapes = {
        node.shape if row.part == "head" else (0, *node.shape[1:])
        for node in GRAPH.nodes
        if node.scope[:1] == (row.part,) and isinstance(node.layer, Conv | Linear)
    }
    assert (row.shape if row.part == "head" else (0, *row.shape[1:])) in shapes
    if row.part.startswith("inception"):
        (end,) = [node for node in GRAPH.nodes if node.scope == (row.part,)]
        assert end.shape == row.shape


def test_the_whole_is_within_the_published_bounds():
    """About 5 to 7 M parameters and 1.5 G multiply-adds, without auxiliary heads."""
    assert cost(GRAPH).parameters == 6_998_552
    assert 1.4e9 < cost(GRAPH).multiply_adds < 1.6e9


def test_the_auxiliary_heads_stand_on_the_outputs_of_4a_and_4d():
    ends = {node.scope[0]: node.shape for node in GRAPH.nodes if len(node.scope) == 1}
    heads = GOOGLENET.auxiliary
    assert [head.input for head in heads] == [ends["inception_4a"], ends["inception_4d"]]
    assert [node.shape for node in heads[0].graph(1000).nodes][:2] == [(512, 4, 4), (128, 4, 4)]
    learnt = [(channels + 1) * 128 + (128 * 16 + 1) * 1024 + (1024 + 1) * 1000 for channels in (512, 528)]
    assert GOOGLENET.parameters_with_auxiliary() == cost(GRAPH).parameters + sum(learnt)
