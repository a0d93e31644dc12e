"""LeNet-5, AlexNet, ZFNet and VGG: convolutions and poolings in a chain, then fully connected layers.

None of them has batch normalisation; every convolution has a bias. The local response normalisation of AlexNet and
ZFNet is left out: it learns nothing, and VGG found that it does not help (Simonyan and Zisserman 2015, section 4.1).
"""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.layers import Activation
from search_spaces.reference.catalogue import reference, references
from search_spaces.reference.heads import fully_connected, relu_dropout
from search_spaces.reference.steps import (
    HALVE,
    MAX_POOL,
    MAX_POOL_CEIL,
    Chain,
    add_parts,
    conv_relu,
    convolution,
)

ALEXNET: tuple[Chain, ...] = (
    (convolution(64, 11, stride=4, padding=2), MAX_POOL),
    (convolution(192, 5), MAX_POOL),
    (convolution(384, 3),),
    (convolution(256, 3),),
    (convolution(256, 3), MAX_POOL),
)

ZFNET: tuple[Chain, ...] = (
    (convolution(96, 7, stride=2, padding=1), MAX_POOL_CEIL),
    (convolution(256, 5, stride=2, padding=0), MAX_POOL_CEIL),
    (convolution(512, 3),),
    (convolution(1024, 3),),
    (convolution(512, 3), MAX_POOL),
)

HIDDEN = (4096, 4096)
"""Widths of the fully connected layers, the same in AlexNet, ZFNet and VGG."""

VGG_FILTERS = (64, 128, 256, 512, 512)
VGG_CONVOLUTIONS = {
    "vgg11": (1, 1, 2, 2, 2),
    "vgg13": (2, 2, 2, 2, 2),
    "vgg16": (2, 2, 3, 3, 3),
    "vgg19": (2, 2, 4, 4, 4),
}
"""Convolutions in each stage: columns A, B, D and E."""


@reference("lenet5", image=(1, 32, 32), classes=10, source="LeCun et al. 1998, section II.B")
def lenet5(g: GraphBuilder, classes: int) -> Value:
    """conv5x5-6, pool, conv5x5-16, pool, linear 120, 84, classes; tanh between them.

    Pooling is the plain mean, without the weight and bias that the paper gives each map; every map of the second
    convolution sees all of the first; and the output is linear, not a distance to fixed patterns.
    """
    x = g.image
    for number, filters in enumerate((6, 16), start=1):
        with g.scope(f"conv{number}"):
            x = tanh(g, g.conv(x, filters, kernel=5, padding=0, bias=True))
            x = g.pool(x, "average", kernel=2, stride=2, padding=0)
    with g.scope("head"):
        return fully_connected(g, x, (120, 84), classes, tanh)


def tanh(g: GraphBuilder, x: Value) -> Value:
    """The hyperbolic tangent."""
    return g.layer(Activation("tanh"), x)


@references({"zfnet": ZFNET}, source="Zeiler and Fergus 2014, figure 3 and table 3")
@references({"alexnet": ALEXNET}, image=(3, 227, 227), source="Krizhevsky 2014, footnote 1")
def five_convolutions(g: GraphBuilder, classes: int, convolutions: tuple[Chain, ...]) -> Value:
    """Five convolutions, pooling after the first, second and fifth, and three linear layers.

    AlexNet in its form for one GPU, and with 256 filters in the fourth convolution, as it is usually written, where the
    footnote has 384. ZFNet with 512, 1024 and 512 filters in the third to fifth, the best of the paper's models.
    """
    x = add_parts(g, g.image, "conv", convolutions, conv_relu)
    with g.scope("head"):
        return fully_connected(g, x, HIDDEN, classes, relu_dropout)


@references(VGG_CONVOLUTIONS, source="Simonyan and Zisserman 2015, table 1")
def vgg(g: GraphBuilder, classes: int, convolutions: tuple[int, ...]) -> Value:
    """Five stages of 3x3 convolutions, each followed by a pooling that halves the sides; three linear layers."""
    stages: list[Chain] = [
        (*(convolution(filters, 3),) * count, HALVE)
        for filters, count in zip(VGG_FILTERS, convolutions, strict=True)
    ]
    x = add_parts(g, g.image, "stage", stages, conv_relu)
    with g.scope("head"):
        return fully_connected(g, x, HIDDEN, classes, relu_dropout)
