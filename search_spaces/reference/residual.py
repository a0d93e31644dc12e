"""Residual networks for large pictures: ResNet, ResNeXt, and both with squeeze-and-excite.

Every convolution is followed by batch normalisation and has no bias, but for those of the gates. Where a stage halves
the picture, its first 3x3 convolution does, as in the models that are widely released; the costs that He et al. 2016
print for bottlenecks (3.8 G multiply-adds for 50 layers) come of halving one layer earlier, in the 1x1. The released
SE-ResNet-50 halves there. ResNeXt-101 32x8d is not in the paper, but in those models.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.attention import excite
from search_spaces.operations.residual import shortcut
from search_spaces.reference.catalogue import references
from search_spaces.reference.stages import Block, add_stages, conv_norm, imagenet_stem

WIDTH = 64
"""Of the first stage; every further one is twice as wide."""
EXPANSION = 4
"""A bottleneck puts out so many times the width of its stage. He et al. 2016, table 1."""


def basic(g: GraphBuilder, x: Value, width: int, *, stride: int) -> Value:
    """BN(conv3x3(ReLU(BN(conv3x3(x))))): to `width` channels. He et al. 2016, figure 5 left."""
    x = g.relu(conv_norm(g, x, width, kernel=3, stride=stride))
    return conv_norm(g, x, width, kernel=3)


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """BN(conv1x1(ReLU(BN(conv3x3(ReLU(BN(conv1x1(x)))))))): to `EXPANSION` times the width of the stage.

    The 3x3 convolution has `groups` groups, in the first stage of `group_width` channels each: Xie et al. 2017, figure
    3c. With `halves_early` the first convolution has the stride. He et al. 2016, figure 5 right.
    """

    groups: int = 1
    group_width: int = WIDTH
    halves_early: bool = False

    def __call__(self, g: GraphBuilder, x: Value, width: int, *, stride: int) -> Value:
        """Adds the three convolutions."""
        inner = self.groups * self.group_width * width // WIDTH
        early, late = (stride, 1) if self.halves_early else (1, stride)
        x = g.relu(conv_norm(g, x, inner, stride=early))
        x = g.relu(conv_norm(g, x, inner, kernel=3, stride=late, groups=self.groups))
        return conv_norm(g, x, EXPANSION * width)


@dataclass(frozen=True, slots=True)
class Residual:
    """ReLU(shortcut(x) + body(x)), so many blocks in each stage; the body gated where there is a `reduction`."""

    blocks: tuple[int, ...]
    body: Block
    reduction: int | None = None

    def block(self, g: GraphBuilder, x: Value, width: int, *, stride: int) -> Value:
        """Adds one block. The shortcut is BN(conv1x1(x)) where the shape changes: He et al. 2016, option B."""
        with g.scope("body"):
            y = self.body(g, x, width, stride=stride)
        if self.reduction is not None:
            y = excite(g, y, reduction=self.reduction)
        return g.relu(g.add(shortcut(g, x, y.channels, stride=stride), y))


RESNETS: Mapping[str, Residual] = {
    "resnet18": Residual((2, 2, 2, 2), basic),
    "resnet34": Residual((3, 4, 6, 3), basic),
    "resnet50": Residual((3, 4, 6, 3), Bottleneck()),
    "resnet101": Residual((3, 4, 23, 3), Bottleneck()),
    "resnet152": Residual((3, 8, 36, 3), Bottleneck()),
}
RESNEXTS: Mapping[str, Residual] = {
    "resnext50_32x4d": Residual((3, 4, 6, 3), Bottleneck(groups=32, group_width=4)),
    "resnext101_32x8d": Residual((3, 4, 23, 3), Bottleneck(groups=32, group_width=8)),
}
SQUEEZE_EXCITE: Mapping[str, Residual] = {
    "se_resnet50": Residual((3, 4, 6, 3), Bottleneck(halves_early=True), reduction=16),
    "se_resnext50_32x4d": Residual((3, 4, 6, 3), Bottleneck(groups=32, group_width=4), reduction=16),
}


@references(SQUEEZE_EXCITE, source="Hu et al. 2018, table 1")
@references(RESNEXTS, source="Xie et al. 2017, table 1")
@references(RESNETS, source="He et al. 2016, table 1")
def residual_network(g: GraphBuilder, classes: int, row: Residual) -> Value:
    """conv7x7 and max pooling, four stages of residual blocks, global average, one linear layer."""
    x = imagenet_stem(g, WIDTH)
    x = add_stages(g, x, row.block, width=WIDTH, blocks=row.blocks)
    with g.scope("head"):
        return g.classifier(x, classes=classes)
