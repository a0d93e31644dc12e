"""Networks for small devices: MobileNet v1 and v2, ShuffleNet v2, each at its full width.

Every convolution is followed by batch normalisation and has no bias. No dropout.
"""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.layers import Activation
from search_spaces.operations.separable import depthwise
from search_spaces.reference.catalogue import reference
from search_spaces.reference.stages import conv_norm

MOBILENET_V1_STEM = 32
MOBILENET_V1 = (  # filters, stride
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *[(512, 1)] * 5,
    (1024, 2),
    (1024, 1),
)

MOBILENET_V2_STEM, MOBILENET_V2_LAST = 32, 1280
MOBILENET_V2 = (  # expansion, filters, repeats, stride of the first
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)

SHUFFLENET_V2_STEM, SHUFFLENET_V2_LAST = 24, 1024
SHUFFLENET_V2 = ((116, 4), (232, 8), (464, 4))  # filters, repeats
HALVES = 2


@reference("mobilenet_v1", source="Howard et al. 2017, table 1")
def mobilenet_v1(g: GraphBuilder, classes: int) -> Value:
    """conv3x3, thirteen depthwise separable convolutions, global average, one linear layer."""
    with g.scope("stem"):
        x = g.relu(conv_norm(g, g.image, MOBILENET_V1_STEM, kernel=3, stride=2))
    for number, (filters, stride) in enumerate(MOBILENET_V1, start=1):
        with g.scope(f"separable{number}"):
            x = g.relu(g.norm(depthwise(g, x, kernel=3, stride=stride)))
            x = g.relu(conv_norm(g, x, filters))
    with g.scope("head"):
        return g.classifier(x, classes=classes)


@reference("mobilenet_v2", source="Sandler et al. 2018, table 2")
def mobilenet_v2(g: GraphBuilder, classes: int) -> Value:
    """conv3x3, seventeen inverted residuals, conv1x1, global average, one linear layer; ReLU6 throughout."""
    with g.scope("stem"):
        x = relu6(g, conv_norm(g, g.image, MOBILENET_V2_STEM, kernel=3, stride=2))
    for stage, (expansion, filters, repeats, first_stride) in enumerate(MOBILENET_V2, start=1):
        for block in range(1, repeats + 1):
            stride = first_stride if block == 1 else 1
            with g.scope(f"stage{stage}_block{block}"):
                x = inverted_residual(g, x, filters, expansion=expansion, stride=stride)
    with g.scope("last"):
        x = relu6(g, conv_norm(g, x, MOBILENET_V2_LAST))
    with g.scope("head"):
        return g.classifier(x, classes=classes)


def relu6(g: GraphBuilder, x: Value) -> Value:
    """min(max(x, 0), 6). Sandler et al. 2018, section 4: robust where precision is low."""
    return g.layer(Activation("relu6"), x)


def inverted_residual(g: GraphBuilder, x: Value, channels_out: int, *, expansion: int, stride: int) -> Value:
    """x + BN(conv1x1(ReLU6(BN(depthwise3x3(ReLU6(BN(conv1x1(x)))))))). Sandler et al. 2018, table 1.

    Without "x +" where the shape changes, and without the first convolution where the expansion is one.
    """
    with g.scope("body"):
        y = x if expansion == 1 else relu6(g, conv_norm(g, x, expansion * x.channels))
        y = relu6(g, g.norm(depthwise(g, y, kernel=3, stride=stride)))
        y = conv_norm(g, y, channels_out)
    return g.add(x, y) if x.shape == y.shape else y


@reference("shufflenet_v2", source="Ma et al. 2018, table 5, 1x")
def shufflenet_v2(g: GraphBuilder, classes: int) -> Value:
    """conv3x3 and max pooling, three stages of shuffle units, conv1x1, global average, one linear layer."""
    with g.scope("stem"):
        x = g.relu(conv_norm(g, g.image, SHUFFLENET_V2_STEM, kernel=3, stride=2))
        x = g.pool(x, "max", kernel=3, stride=2)
    for stage, (filters, repeats) in enumerate(SHUFFLENET_V2, start=1):
        with g.scope(f"stage{stage}_unit1"):
            x = halving_shuffle_unit(g, x, filters)
        for unit in range(2, repeats + 1):
            with g.scope(f"stage{stage}_unit{unit}"):
                x = shuffle_unit(g, x)
    with g.scope("last"):
        x = g.relu(conv_norm(g, x, SHUFFLENET_V2_LAST))
    with g.scope("head"):
        return g.classifier(x, classes=classes)


def shuffle_unit(g: GraphBuilder, x: Value) -> Value:
    """shuffle([a, ReLU(BN(conv1x1(BN(depthwise3x3(ReLU(BN(conv1x1(b)))))))]), a and b the halves of x.

    Ma et al. 2018, figure 3c. The shape stays.
    """
    half = x.channels // HALVES
    kept, changed = g.slice(x, 0, half), g.slice(x, half, x.channels)
    with g.scope("body"):
        y = _point_depthwise_point(g, changed, half, stride=1)
    return g.shuffle(g.concat([kept, y]), groups=HALVES)


def halving_shuffle_unit(g: GraphBuilder, x: Value, channels_out: int) -> Value:
    """The unit with ReLU(BN(conv1x1(BN(depthwise3x3(x))))) for a and x for b, both depthwise convolutions of stride 2.

    Ma et al. 2018, figure 3d: (C, H, W) to (channels_out, ceil(H / 2), ceil(W / 2)).
    """
    half = channels_out // HALVES
    with g.scope("shortcut"):
        kept = _depthwise_point(g, x, half, stride=2)
    with g.scope("body"):
        y = _point_depthwise_point(g, x, half, stride=2)
    return g.shuffle(g.concat([kept, y]), groups=HALVES)


def _point_depthwise_point(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    return _depthwise_point(g, g.relu(conv_norm(g, x, channels_out)), channels_out, stride=stride)


def _depthwise_point(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    x = g.norm(depthwise(g, x, kernel=3, stride=stride))
    return g.relu(conv_norm(g, x, channels_out))
