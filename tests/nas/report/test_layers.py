"""The layer table as text, whole."""

from nas.report.layers import layer_report, network_sums
from search_spaces.graph import Graph, GraphBuilder
from search_spaces.profile import layer_table

REPORT = """\
mine: pictures 3x8x8, 1,500 classes

layer   kind            input       output  kernel  stride  padding  memory KB  parameters  multiply-adds
conv.0  conv            3x8x8       16x8x8  1x3          1  0x1            4.0         144          9,216
layer0  +               2 x 16x8x8  16x8x8  -            -  -              4.0           0              0
head.0  global average  16x8x8      16      -            -  -              0.1           0              0
head.1  flatten         16          16      -            -  -              0.1           0              0
head.2  linear          16          1500    -            -  -              5.9      25,500         24,000

25,644 parameters, 33,216 multiply-adds a picture
activations of 64 pictures: 0.5 MB at once to predict, 0.9 MB kept to train"""


def network() -> Graph:
    g = GraphBuilder((3, 8, 8))
    with g.scope("conv"):
        x = g.conv(g.image, 16, kernel=(1, 3))
    x = g.add(x, x)
    with g.scope("head"):
        return g.finish(g.classifier(x, classes=1500))


def test_the_report() -> None:
    graph = network()
    assert layer_report("mine", graph, layer_table(graph), 64) == REPORT


def test_inputs_of_several_shapes() -> None:
    g = GraphBuilder((4, 8, 8))
    one, other = g.conv(g.image, 16, kernel=1), g.conv(g.image, 8, kernel=1)
    graph = g.finish(g.concat([one, other]))
    assert "16x8x8 + 8x8x8" in layer_report("mine", graph, layer_table(graph), 1)


def test_the_sums_grow_with_the_batch() -> None:
    one, many = network_sums(network(), 1), network_sums(network(), 10)
    assert many["peak_activation_bytes"] == 10 * one["peak_activation_bytes"]
    assert many["training_activation_bytes"] == 10 * one["training_activation_bytes"]
    assert many["parameters"] == one["parameters"]


def test_published_figures_may_count_normalisation_too() -> None:
    g = GraphBuilder((3, 8, 8))
    graph = g.finish(g.classifier(g.norm(g.conv(g.image, 4, kernel=1)), classes=2))
    assert "multiply-adds (1,288 where normalisation counts too) a picture" in layer_report(
        "mine", graph, (), 1
    )
