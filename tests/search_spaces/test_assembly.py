"""What is said in parts costs the same whether it is built or priced."""

import pytest

from search_spaces.assembly import AssembledSpace, Assembler, Pricer
from search_spaces.complexity import Cost, cost
from search_spaces.graph import GraphBuilder, Shape, Value
from search_spaces.operations import find_operations
from search_spaces.space import Decision
from search_spaces.style import Style

CONV, IDENTITY, ZERO, EXCITE = find_operations(["conv_3x3", "identity", "zero", "squeeze_excite"])
IMAGE = (3, 9, 7)
PLAIN = Style()


def built(assemble, image: Shape = IMAGE, style: Style = PLAIN) -> Cost:
    g = Assembler(image, style)
    return cost(g.finish(assemble(g)))


def priced(assemble, image: Shape = IMAGE, style: Style = PLAIN) -> Cost:
    g = Pricer(image, style)
    return g.price(assemble(g))


def conv(g: Assembler, name: str, x: Value) -> Value:
    return g.part(name, CONV.add_to, x, 4, stride=2)


def classified(g: Assembler, x: Value) -> Value:
    return g.part("head", GraphBuilder.classifier, x, classes=5)


def chain(g: Assembler) -> Value:
    return classified(g, conv(g, "two", conv(g, "one", g.image)))


def loose_layers(g: Assembler) -> Value:
    """Layers between the parts, among them sums and concatenations."""
    with g.scope("stem"):
        x = g.norm(g.conv(g.image, 4, kernel=5))
    one, two = conv(g, "one", x), conv(g, "two", x)
    return classified(g, g.concat([g.add(one, two), g.relu(one), two]))


def dead_part(g: Assembler) -> Value:
    conv(g, "dead", conv(g, "also_dead", g.image))
    return classified(g, conv(g, "alive", g.image))


def passed_on(g: Assembler) -> Value:
    """An identity adds nothing, and both of its names stand for one value."""
    x = conv(g, "one", g.image)
    return classified(g, g.add(g.part("same", IDENTITY.add_to, x, 4, stride=1), x))


def zero_left_out(g: Assembler) -> Value:
    x = conv(g, "one", g.image)
    nothing = g.part("nothing", ZERO.add_to, x, 4, stride=1)
    still_nothing = g.part("still", EXCITE.add_to, g.relu(nothing), 4, stride=1)
    return classified(g, g.concat([g.add(x, still_nothing), nothing]))


def all_zero(g: Assembler) -> Value:
    """What is left is a classifier of constants."""
    return classified(g, g.part("nothing", ZERO.add_to, conv(g, "one", g.image), 4, stride=1))


NETWORKS = [chain, loose_layers, dead_part, passed_on, zero_left_out, all_zero]


@pytest.mark.parametrize("image", [IMAGE, (1, 32, 32)], ids=str)
@pytest.mark.parametrize("assemble", NETWORKS, ids=lambda assemble: assemble.__name__)
def test_the_price_is_the_cost_of_the_graph(assemble, image):
    assert priced(assemble, image) == built(assemble, image) != Cost()


def test_a_part_costs_what_its_layers_cost():
    # relu, convolution and normalisation at (3, 9, 7) -> (4, 5, 4), then mean, flatten, linear
    numbers = 3 * 9 * 7 + 2 * 4 * 5 * 4 + 2 * 4 + 5
    assert priced(lambda g: classified(g, conv(g, "one", g.image))) == Cost(
        3 * 4 * 9 + 2 * 4 + 5 * 4 + 5, 3 * 4 * 9 * 5 * 4 + 5 * 4, 4 * numbers
    )


def test_a_style_is_part_of_what_is_remembered():
    by_style = {
        style: priced(chain, style=style) for style in (PLAIN, Style(activation="prelu"), Style("group"))
    }
    assert by_style == {style: built(chain, style=style) for style in by_style}
    # a PReLU before each of the two convolutions has one number a channel
    assert by_style[Style(activation="prelu")].parameters == by_style[PLAIN].parameters + 3 + 4


def test_a_classifier_of_constants_is_priced_for_its_picture():
    prices = {image: priced(all_zero, image) for image in ((1, 8, 8), (3, 8, 8), (3, 4, 8))}
    assert len(set(prices.values())) == 3
    assert prices == {image: built(all_zero, image) for image in prices}


def test_names_of_parts_count_where_they_are_built():
    g = Assembler(IMAGE)
    x = conv(g, "one", g.image)
    with g.scope("outer"):
        x = conv(g, "inner", x)
    assert {node.scope for node in g.finish(x).nodes} == {("one",), ("outer", "inner")}


def test_a_space_that_is_assembled_is_built_and_priced():
    class Tiny(AssembledSpace):
        name = "tiny"
        style = Style(activation="prelu")
        decisions = (Decision("network", ("chain", "all_zero")),)

        def assemble(self, g, architecture, classes):
            return (chain, all_zero)[architecture.tokens[0]](g)

    space = Tiny()
    for architecture in space.enumerate():
        graph = space.network(architecture, IMAGE, 5)
        assert graph.output == (5, 1, 1)
        assert space.price(architecture, IMAGE, 5) == cost(graph)
    assert space.price(space.architecture([0]), IMAGE, 5) == built(chain, style=space.style)
