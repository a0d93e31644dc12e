"""Terms from parts against terms from the whole network, over every space that is said in parts."""

from random import Random

import pytest

from search_spaces.assembly import AssembledSpace, Assembler
from search_spaces.canonical import NOMINAL_CLASSES, NOMINAL_IMAGE, canonical_form, form_of
from search_spaces.canonical.parts import TermAssembler
from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations import find_operations
from search_spaces.registry import build_space

FEW = "zero,identity,conv_1x1,max_pool_3x3,residual_basic,squeeze_excite"
SPACES = [
    build_space("cell"),
    build_space("cell", operations="all", blocks=3, cells_per_stage=1, filters=8),
    build_space("cell", operations=FEW, blocks=5, cells_per_stage=1, reductions=1),
    build_space("nasnet"),
    build_space("macro"),
    build_space("mobile"),
    build_space("toy", normalisation="group", activation="prelu"),
]


@pytest.mark.parametrize("space", SPACES, ids=lambda space: f"{space.name}{len(space.decisions)}")
def test_both_ways_lead_to_the_same_form(space: AssembledSpace):
    rng = Random(0)
    for _ in range(25):
        architecture = space.random(rng)
        g = TermAssembler(NOMINAL_IMAGE, space.style)
        form = form_of(g.terms(space.assemble(g, architecture, NOMINAL_CLASSES)))
        assert form == canonical_form(space.network(architecture, NOMINAL_IMAGE, NOMINAL_CLASSES))


def forms(build) -> set[str]:
    """The form of the terms from parts, and that of the graph."""
    ways: tuple[TermAssembler, Assembler] = (TermAssembler((4, 8, 8)), Assembler((4, 8, 8)))
    recorded, assembled = ways
    return {form_of(recorded.terms(build(recorded))), canonical_form(assembled.finish(build(assembled)))}


def concatenated(g: Assembler, reader, *, swapped: bool) -> Value:
    """Two different convolutions side by side, in one order or the other, and who reads them."""
    (one,) = find_operations(["conv_1x1"])
    (other,) = find_operations(["conv_3x3"])
    sides = [g.part(f"side{i}", op.add_to, g.image, 4, stride=1) for i, op in enumerate((one, other))]
    return reader(g, g.concat(sides[::-1] if swapped else sides))


def mixes(g: Assembler, x: Value) -> Value:
    return g.part("reader", GraphBuilder.conv, x, 4, kernel=1)


def slices(g: Assembler, x: Value) -> Value:
    return g.part("reader", GraphBuilder.slice, x, 0, 3)


def pools_and_mixes(g: Assembler, x: Value) -> Value:
    return mixes(g, g.part("pool", GraphBuilder.pool, x, "max", kernel=3))


@pytest.mark.parametrize(("reader", "number"), [(mixes, 1), (pools_and_mixes, 1), (slices, 2)])
def test_the_order_of_channels_counts_where_the_parts_after_it_say_so(reader, number):
    both = [forms(lambda g, s=swapped: concatenated(g, reader, swapped=s)) for swapped in (False, True)]
    assert [len(form) for form in both] == [1, 1]
    assert len(both[0] | both[1]) == number


def test_what_is_made_of_nothing_is_nothing():
    (conv,) = find_operations(["conv_3x3"])

    def with_nothing(g: Assembler) -> Value:
        nothing = g.part("conv0", conv.add_to, g.zero((4, 8, 8)), 4, stride=1)
        return g.add(g.part("conv1", conv.add_to, g.image, 4, stride=1), nothing)

    def without(g: Assembler) -> Value:
        return g.part("conv1", conv.add_to, g.image, 4, stride=1)

    assert forms(with_nothing) == forms(without)
    g = TermAssembler((4, 8, 8))
    assert g.terms(g.part("conv0", conv.add_to, g.zero((4, 8, 8)), 4, stride=1)) == []
