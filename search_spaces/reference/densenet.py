"""DenseNet-BC: every layer sees all that came before it in its block, side by side. Huang et al. 2017."""

from collections.abc import Mapping
from dataclasses import dataclass

from search_spaces.graph import GraphBuilder, Value
from search_spaces.reference.catalogue import CIFAR, CIFAR_CLASSES, references
from search_spaces.reference.stages import imagenet_stem, norm_relu

BOTTLENECK = 4
"""The 1x1 convolution of a layer has so many times the channels that the layer adds. Section 3, "bottleneck layers"."""
COMPRESSION = 2
"""A transition leaves one channel of so many. Section 3, "compression"."""


@dataclass(frozen=True, slots=True)
class Dense:
    """Blocks of so many layers, each of which adds `growth` channels to the 2 `growth` of the stem."""

    layers: tuple[int, ...]
    growth: int

    @property
    def stem_width(self) -> int:
        """Channels before the first block."""
        return 2 * self.growth


IMAGENET_ROWS: Mapping[str, Dense] = {"densenet121": Dense((6, 12, 24, 16), growth=32)}
CIFAR_ROWS: Mapping[str, Dense] = {"densenet_bc100_12_cifar": Dense((16, 16, 16), growth=12)}


@references(IMAGENET_ROWS, source="Huang et al. 2017, table 1")
def dense_network(g: GraphBuilder, classes: int, row: Dense) -> Value:
    """conv7x7 and max pooling, dense blocks with transitions between them, BN, ReLU, global average, linear."""
    return _blocks(g, imagenet_stem(g, row.stem_width), row, classes)


@references(CIFAR_ROWS, image=CIFAR, classes=CIFAR_CLASSES, source="Huang et al. 2017, table 2")
def small_dense_network(g: GraphBuilder, classes: int, row: Dense) -> Value:
    """conv3x3, dense blocks with transitions between them, BN, ReLU, global average, linear."""
    with g.scope("stem"):
        x = g.conv(g.image, row.stem_width, kernel=3)
    return _blocks(g, x, row, classes)


def _blocks(g: GraphBuilder, x: Value, row: Dense, classes: int) -> Value:
    for block, layers in enumerate(row.layers, start=1):
        if block > 1:
            with g.scope(f"transition{block - 1}"):
                x = transition(g, x)
        with g.scope(f"block{block}"):
            x = dense_block(g, x, layers, row.growth)
    with g.scope("head"):
        return g.classifier(norm_relu(g, x), classes=classes)


def dense_block(g: GraphBuilder, x: Value, layers: int, growth: int) -> Value:
    """[x, what each layer adds]: (C, H, W) to (C + layers x growth, H, W). Huang et al. 2017, equation 2."""
    for number in range(1, layers + 1):
        with g.scope(f"dense{number}"):
            y = dense_layer(g, x, growth)
        x = g.concat([x, y])
    return x


def dense_layer(g: GraphBuilder, x: Value, growth: int) -> Value:
    """conv3x3(ReLU(BN(conv1x1(ReLU(BN(x)))))): (C, H, W) to the (growth, H, W) that stand beside x from then on."""
    x = g.conv(norm_relu(g, x), BOTTLENECK * growth, kernel=1)
    return g.conv(norm_relu(g, x), growth, kernel=3)


def transition(g: GraphBuilder, x: Value) -> Value:
    """Mean of 2x2 pixels of conv1x1(ReLU(BN(x))): (C, H, W) to (C / 2, H / 2, W / 2), rounded down."""
    x = g.conv(norm_relu(g, x), x.channels // COMPRESSION, kernel=1)
    return g.pool(x, "average", kernel=2, stride=2, padding=0)
