"""The NASNet space: what it adds to the cell space, and the published cells in it."""

from random import Random

import pytest

from search_spaces.errors import SpaceError
from search_spaces.graph import GraphBuilder, Value
from search_spaces.layers import Conv
from search_spaces.operations import Operation
from search_spaces.reference.genotypes import AMOEBANET_A, NASNET_A, PNASNET_5
from search_spaces.registry import build_space
from search_spaces.spaces.cell import CellSpace
from search_spaces.spaces.nasnet import NasnetSpace

GENOTYPES = {"nasnet_a": NASNET_A, "amoebanet_a": AMOEBANET_A, "pnasnet_5": PNASNET_5}


def test_it_has_the_choices_of_the_paper():
    space = build_space("nasnet")
    block = [decision for decision in space.decisions if decision.name.startswith("normal.block4.")]
    assert [decision.name.rpartition(".")[2] for decision in block] == [
        "left_input",
        "right_input",
        "left_op",
        "right_op",
        "combine",
    ]
    assert [len(decision.options) for decision in block] == [6, 6, 13, 13, 2]
    assert len(space.decisions) == 2 * 5 * 5


def test_the_named_architectures_are_the_published_cells():
    space = build_space("nasnet")
    assert set(space.named) == set(GENOTYPES)
    for name, architecture in space.named.items():
        stack, genotype = space.stack(architecture), GENOTYPES[name]
        for cell, published in ((stack.normal, genotype.normal), (stack.reduction, genotype.reduction)):
            read = [
                tuple((side.operation.name, side.source) for side in block.branches) for block in cell.blocks
            ]
            assert tuple(read) == published.blocks
            assert set(cell.loose_ends) <= set(published.output)


def test_nasnet_a_has_the_sum_of_its_published_operations():
    """Its normal cell, read off figure 4 of the paper: what is convolved, where, and how often."""
    space = build_space("nasnet", cells_per_stage=1, reductions=0, filters=8)
    graph = space.network(space.named["nasnet_a"], (3, 8, 8), 10)
    kernels = [
        node.layer.kernel[0] for node in graph.nodes if isinstance(node.layer, Conv) and node.layer.groups > 1
    ]
    # five separable convolutions, two of them 5x5, each applied twice
    assert sorted(kernels) == [3] * 6 + [5] * 4


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"reductions": 0}, sorted(GENOTYPES)),
        ({"squeeze_excite": True, "operations": "all"}, sorted(GENOTYPES)),
        ({"blocks": 4}, []),
        ({"operations": "identity,sep_conv_3x3,sep_conv_5x5,sep_conv_7x7,max_pool_3x3"}, ["pnasnet_5"]),
    ],
    ids=str,
)
def test_only_what_the_settings_can_say_has_a_name(settings, names):
    space = build_space("nasnet", **settings)
    assert sorted(space.named) == names
    for architecture in space.named.values():
        space.validate(architecture)


def test_concatenation_is_wider_and_another_network():
    space = build_space("nasnet", blocks=1, cells_per_stage=1, reductions=0)
    added, concatenated = (space.architecture([0, 1, 9, 9, combine]) for combine in (0, 1))
    assert space.canonical_key(added) != space.canonical_key(concatenated)
    image, classes = (3, 8, 8), 10
    wider = (
        space.price(concatenated, image, classes).parameters - space.price(added, image, classes).parameters
    )
    assert wider == space.filters * classes  # the classifier alone sees the difference
    widths = {
        node.shape[0]
        for node in space.network(concatenated, image, classes).nodes
        if node.scope == ("cell0",)
    }
    assert widths == {2 * space.filters}


def test_an_operation_must_be_buildable_on_a_concatenation():
    def narrow(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
        if x.channels > channels_out:
            raise SpaceError("too wide")
        return g.conv(x, channels_out, kernel=3, stride=stride)

    operation = Operation("narrow", "test", narrow)
    assert CellSpace(operations=(operation,)).operations == (operation,)
    with pytest.raises(
        SpaceError, match=r"^space 'nasnet', .*, cells of 16 filters: operation 'narrow': too wide"
    ):
        NasnetSpace(operations=(operation,))


def test_its_outline_says_how_blocks_are_combined():
    space = build_space("nasnet")
    architecture = space.random(Random(3))
    chosen = space.describe(architecture)
    for prefix, panel in zip(("normal", "reduction"), space.outline(architecture).panels, strict=True):
        for block in range(5):
            (join,) = (box for box in panel.boxes if box.key == f"block{block}")
            expected = {"add": "+", "concat": "concat"}[chosen[f"{prefix}.block{block}.combine"]]
            assert (join.label, join.role) == (expected, "join")


@pytest.mark.parametrize(
    ("name", "filters", "published"),
    [
        (
            "nasnet_a",
            32,
            3.3e6,
        ),  # Zoph et al. 2018, table 1: NASNet-A (6 @ 768), and 768 = 6 values x 128 filters
        ("amoebanet_a", 32, 2.6e6),  # Real et al. 2019, table 1: N = 6, F = 32
        ("amoebanet_a", 36, 3.2e6),  # the same, F = 36
    ],
)
def test_published_networks_have_about_the_published_parameters(name, filters, published):
    """Somewhat fewer: the released networks concatenate some values that are used, and are the wider for it."""
    space = build_space("nasnet", cells_per_stage=6, filters=filters)
    parameters = space.price(space.named[name], (3, 32, 32), 10).parameters
    assert 0.92 * published < parameters < published
