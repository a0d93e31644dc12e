"""GoogLeNet, the first inception network. Szegedy et al. 2015.

As published it has no batch normalisation; every convolution has a bias. Local response normalisation is left out: it
learns nothing.
"""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.reference.catalogue import AuxiliaryHead, reference
from search_spaces.reference.heads import average_dropout_linear, fully_connected
from search_spaces.reference.steps import (
    MAX_POOL_CEIL,
    MAX_POOL_SAME,
    Fork,
    add_parts,
    conv_relu,
    convolution,
)

STEM = (
    (convolution(64, 7, stride=2), MAX_POOL_CEIL),
    (convolution(64), convolution(192, 3), MAX_POOL_CEIL),
)

# filters:          1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool projection
MODULES = {
    "inception_3a": (64, 96, 128, 16, 32, 32),
    "inception_3b": (128, 128, 192, 32, 96, 64),
    "inception_4a": (192, 96, 208, 16, 48, 64),
    "inception_4b": (160, 112, 224, 24, 64, 64),
    "inception_4c": (128, 128, 256, 24, 64, 64),
    "inception_4d": (112, 144, 288, 32, 64, 64),
    "inception_4e": (256, 160, 320, 32, 128, 128),
    "inception_5a": (256, 160, 320, 32, 128, 128),
    "inception_5b": (384, 192, 384, 48, 128, 128),
}
POOLS = {"inception_3b": "pool3", "inception_4e": "pool4"}
"""Modules that are followed by a pooling, and what that is called."""


def auxiliary(g: GraphBuilder, classes: int) -> Value:
    """Mean of 5x5 windows, conv1x1-128, linear 1024, linear. Szegedy et al. 2015, section 5."""
    x = g.pool(g.image, "average", kernel=5, stride=3, padding=0)
    x = conv_relu(g, x, convolution(128))
    return fully_connected(g, x, (1024,), classes, lambda g, x: g.dropout(g.relu(x), 0.7))


@reference(
    "googlenet",
    source="Szegedy et al. 2015, table 1",
    auxiliary=(AuxiliaryHead((512, 14, 14), auxiliary), AuxiliaryHead((528, 14, 14), auxiliary)),
)
def googlenet(g: GraphBuilder, classes: int) -> Value:
    """Three convolutions, nine inception modules, global average, dropout, one linear layer."""
    x = add_parts(g, g.image, "stem", STEM, conv_relu)
    for name, filters in MODULES.items():
        with g.scope(name):
            x = inception(*filters).add_to(g, x, conv_relu)
        if name in POOLS:
            with g.scope(POOLS[name]):
                x = MAX_POOL_CEIL.add_to(g, x, conv_relu)
    with g.scope("head"):
        return average_dropout_linear(g, x, classes, dropout=0.4)


def inception(single: int, reduce3: int, large3: int, reduce5: int, large5: int, projection: int) -> Fork:
    """[1x1, 1x1-3x3, 1x1-5x5, maxpool3x3-1x1] of these widths. Szegedy et al. 2015, figure 2b."""
    return Fork(
        (convolution(single),),
        (convolution(reduce3), convolution(large3, 3)),
        (convolution(reduce5), convolution(large5, 5)),
        (MAX_POOL_SAME, convolution(projection)),
    )
