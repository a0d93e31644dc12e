"""Stages of blocks, and the layers that networks made of them share."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.reference.stages import add_stages, conv_norm, imagenet_stem, norm_relu


def test_every_stage_but_the_first_halves_the_picture_and_doubles_the_width():
    seen = []

    def block(g: GraphBuilder, x: Value, width: int, *, stride: int) -> Value:
        seen.append((width, stride))
        return conv_norm(g, x, width, kernel=3, stride=stride)

    g = GraphBuilder((3, 9, 9))
    graph = g.finish(add_stages(g, g.image, block, width=5, blocks=(2, 1, 3)))
    assert seen == [(5, 1), (5, 1), (10, 2), (20, 2), (20, 1), (20, 1)]
    assert graph.output == (20, 3, 3)
    parts = list(dict.fromkeys(node.scope[0] for node in graph.nodes))
    assert parts == [
        *["stage1_block1", "stage1_block2", "stage2_block1"],
        *["stage3_block1", "stage3_block2", "stage3_block3"],
    ]


def test_the_stem_leaves_a_quarter_of_each_side():
    g = GraphBuilder((3, 224, 224))
    graph = g.finish(imagenet_stem(g, 64))
    assert graph.output == (64, 56, 56)
    assert [node.name for node in graph.nodes] == ["stem.0", "stem.1", "stem.2", "stem.3"]


def test_no_convolution_before_a_normalisation_has_a_bias():
    g = GraphBuilder((4, 5, 5))
    graph = g.finish(norm_relu(g, conv_norm(g, g.image, 6, groups=2)))
    assert [str(node.layer.torch_call()) for node in graph.nodes] == [
        "nn.Conv2d(4, 6, 1, groups=2, bias=False)",
        "nn.BatchNorm2d(6)",
        "nn.BatchNorm2d(6)",
        "nn.ReLU()",
    ]
