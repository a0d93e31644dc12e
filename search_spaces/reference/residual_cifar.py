"""Residual networks for small pictures, their plain twins, and those in the order BN, ReLU, convolution.

All have a stem of one 3x3 convolution, three stages whose second and third halve the picture, and one linear layer. No
convolution has a bias. The dropout that Zagoruyko and Komodakis 2016, section 3, try within wide blocks is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from search_spaces.graph import GraphBuilder, Value
from search_spaces.reference.catalogue import CIFAR, CIFAR_CLASSES, references
from search_spaces.reference.residual import basic
from search_spaces.reference.stages import Block, add_stages, conv_norm, norm_relu

STAGES = 3
WIDTH = 16
"""Of the stem, and of the first stage of the networks that are not wide."""
DEPTHS = (20, 32, 44, 56, 110)


def blocks_per_stage(depth: int, convolutions: int) -> tuple[int, ...]:
    """Returns how many blocks of so many convolutions each stage has: a depth counts them, the stem and the last layer.

    The depth of a wide network counts two projections too, fewer than one block of each stage.

    >>> blocks_per_stage(110, 2), blocks_per_stage(164, 3), blocks_per_stage(28, 2)
    ((18, 18, 18), (18, 18, 18), (4, 4, 4))
    """
    return ((depth - 2) // (STAGES * convolutions),) * STAGES


def padded_shortcut(g: GraphBuilder, x: Value, width: int, *, stride: int) -> Value:
    """Every second pixel, and zeros for the channels that are new. He et al. 2016, section 3.3, option A."""
    with g.scope("shortcut"):
        x = g.pool(x, "max", kernel=1, stride=stride, padding=0)
        return g.pad_channels(x, width)


def projected_shortcut(g: GraphBuilder, x: Value, width: int, *, stride: int) -> Value:
    """conv1x1(x), where x has passed the BN and ReLU that its block begins with. He et al. 2016b, appendix."""
    with g.scope("shortcut"):
        return g.conv(x, width, kernel=1, stride=stride)


def plain_block(g: GraphBuilder, x: Value, width: int, *, stride: int) -> Value:
    """ReLU(BN(conv3x3(ReLU(BN(conv3x3(x)))))): to `width` channels."""
    return g.relu(basic(g, x, width, stride=stride))


def residual_block(g: GraphBuilder, x: Value, width: int, *, stride: int) -> Value:
    """ReLU(shortcut(x) + BN(conv3x3(ReLU(BN(conv3x3(x)))))): to `width` channels."""
    with g.scope("body"):
        y = basic(g, x, width, stride=stride)
    return g.relu(g.add(x if x.shape == y.shape else padded_shortcut(g, x, width, stride=stride), y))


@references(
    {f"plain{depth}_cifar": (plain_block, depth) for depth in DEPTHS},
    image=CIFAR,
    classes=CIFAR_CLASSES,
    source="He et al. 2016, section 4.2, without shortcuts",
)
@references(
    {f"resnet{depth}_cifar": (residual_block, depth) for depth in DEPTHS},
    image=CIFAR,
    classes=CIFAR_CLASSES,
    source="He et al. 2016, section 4.2 and table 6",
)
def small_network(g: GraphBuilder, classes: int, row: tuple[Block, int]) -> Value:
    """conv3x3, three stages of blocks of two convolutions, global average, one linear layer."""
    block, depth = row
    with g.scope("stem"):
        x = g.relu(conv_norm(g, g.image, WIDTH, kernel=3))
    x = add_stages(g, x, block, width=WIDTH, blocks=blocks_per_stage(depth, 2))
    with g.scope("head"):
        return g.classifier(x, classes=classes)


Body = tuple[tuple[int, int], ...]
"""Convolutions of a block: the kernel, and what the block's width is divided by."""
BASIC: Body = ((3, 1), (3, 1))
BOTTLENECK: Body = ((1, 4), (3, 4), (1, 1))


@dataclass(frozen=True, slots=True)
class PreActivation:
    """x + body(ReLU(BN(x))); where the shape changes, shortcut(ReLU(BN(x))) takes the place of x.

    `width` is that of the first stage. The body is a chain of convolutions with BN and ReLU between them, the first of
    which has the stride.
    """

    depth: int
    width: int
    body: Body
    shortcut: Block

    def block(self, g: GraphBuilder, x: Value, width: int, *, stride: int) -> Value:
        """Adds one block, to `width` channels. He et al. 2016b, figure 1b."""
        with g.scope("preactivation"):
            activated = norm_relu(g, x)
        (kernel, narrowing), *further = self.body
        with g.scope("body"):
            y = g.conv(activated, width // narrowing, kernel=kernel, stride=stride)
            for kernel, narrowing in further:
                y = g.conv(norm_relu(g, y), width // narrowing, kernel=kernel)
        return g.add(x if x.shape == y.shape else self.shortcut(g, activated, width, stride=stride), y)


PREACTIVATION: Mapping[str, PreActivation] = {
    "preact_resnet110_cifar": PreActivation(110, WIDTH, BASIC, padded_shortcut),
    "preact_resnet164_cifar": PreActivation(164, 4 * WIDTH, BOTTLENECK, projected_shortcut),
}
WIDE: Mapping[str, PreActivation] = {
    "wrn16_8_cifar": PreActivation(16, 8 * WIDTH, BASIC, projected_shortcut),
    "wrn28_10_cifar": PreActivation(28, 10 * WIDTH, BASIC, projected_shortcut),
}


@references(
    WIDE, image=CIFAR, classes=CIFAR_CLASSES, source="Zagoruyko and Komodakis 2016, table 1 and table 4"
)
@references(PREACTIVATION, image=CIFAR, classes=CIFAR_CLASSES, source="He et al. 2016b, table 3")
def preactivation_network(g: GraphBuilder, classes: int, row: PreActivation) -> Value:
    """conv3x3, three stages of pre-activation blocks, BN, ReLU, global average, one linear layer."""
    with g.scope("stem"):
        x = g.conv(g.image, WIDTH, kernel=3)
    x = add_stages(g, x, row.block, width=row.width, blocks=blocks_per_stage(row.depth, len(row.body)))
    with g.scope("head"):
        return g.classifier(norm_relu(g, x), classes=classes)
