"""NASNet-A: its stack of cells, and one cell against its genotype."""

import pytest
import torch

from search_spaces.build import build_module
from search_spaces.graph import Graph, GraphBuilder
from search_spaces.layers import Concat
from search_spaces.reference.catalogue import find_network
from search_spaces.reference.genotypes import BLOCK, CURRENT, NASNET_A, PREVIOUS, CellGenotype
from search_spaces.reference.nasnet import CIFAR_ROWS, IMAGENET_ROWS, add_cell


def published(name: str) -> Graph:
    network = find_network(name)
    return network.network(network.image, network.classes)


def cell_shapes(name: str) -> dict[str, tuple[int, int, int]]:
    """Returns what comes out of each cell: its last concatenation."""
    joins = [node for node in published(name).nodes if isinstance(node.layer, Concat)]
    return {node.scope[0]: node.shape for node in joins if node.scope[1:] == ("output",)}


def test_filters_of_the_first_stage():
    assert IMAGENET_ROWS["nasnet_a_large"].width == 168
    assert CIFAR_ROWS["nasnet_a_cifar"].width == 32


def test_the_large_network_is_a_stem_of_two_reductions_and_three_stages():
    shapes = cell_shapes("nasnet_a_large")
    assert list(shapes.values()) == [
        *[(4 * 42, 83, 83), (4 * 84, 42, 42)],
        *[(6 * 168, 42, 42)] * 6,
        *[(4 * 336, 21, 21)],
        *[(6 * 336, 21, 21)] * 6,
        *[(4 * 672, 11, 11)],
        *[(4032, 11, 11)] * 6,
    ]


def test_the_small_network_is_three_stages():
    shapes = cell_shapes("nasnet_a_cifar")
    assert [name for name in shapes if "reduction" in name] == ["stage2_reduction", "stage3_reduction"]
    assert len(shapes) == 3 * 6 + 2
    assert list(shapes.values())[-1] == (768, 8, 8)


def test_the_first_cell_sees_the_stem_twice_and_once_as_it_is():
    graph = published("nasnet_a_cifar")
    names = {node.name for node in graph.nodes}
    assert not any(name.startswith("stage1_cell1.previous") for name in names)
    assert {"stage1_cell1.current.1", "stage1_cell2.previous.1"} <= names
    (node,) = [node for node in graph.nodes if node.name == "stage1_cell1.block2_left.1"]
    assert graph.input_shapes(node) == ((96, 32, 32),)


@pytest.fixture
def values() -> tuple[GraphBuilder, object, object]:
    """Two values of other widths, and the previous one twice as large."""
    g = GraphBuilder((3, 8, 8))
    with g.scope("large"):
        large = g.conv(g.image, 5, kernel=3)
    with g.scope("small"):
        small = g.conv(g.image, 7, kernel=3, stride=2)
    return g, large, small


@pytest.mark.parametrize(
    ("cell", "stride", "shape"), [("normal", 1, (24, 4, 4)), ("reduction", 2, (16, 2, 2))]
)
def test_a_cell_fits_its_inputs_to_its_width(values, cell, stride, shape):
    g, large, small = values
    output = add_cell(g, getattr(NASNET_A, cell), large, small, 4, stride=stride)
    assert output.shape == shape


def test_a_cell_computes_its_genotype():
    cell = CellGenotype(
        (
            (("identity", PREVIOUS), ("max_pool_3x3", CURRENT)),
            (("identity", BLOCK), ("identity", CURRENT)),
        ),
        output=(PREVIOUS, BLOCK + 1),
    )
    g = GraphBuilder((4, 6, 6))
    with g.scope("stem"):
        current = g.relu(g.image)
    network = build_module(g.finish(add_cell(g, cell, g.image, current, 4, stride=1))).eval()
    pictures = torch.randn(2, 4, 6, 6)

    def fitted(name: str, x: torch.Tensor) -> torch.Tensor:
        return network.get_submodule(f"{name}.2")(network.get_submodule(f"{name}.1")(x.relu()))

    previous, following = fitted("previous", pictures), fitted("current", pictures.relu())
    block = previous + torch.nn.functional.max_pool2d(following, 3, stride=1, padding=1)
    torch.testing.assert_close(network(pictures), torch.cat([previous, block + following], dim=1))
