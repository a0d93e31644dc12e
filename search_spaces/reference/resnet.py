"""Residual networks for small pictures. He et al. 2016, section 4.2."""

from dataclasses import dataclass

from search_spaces.graph import Graph, GraphBuilder, Shape, Value
from search_spaces.network import stem
from search_spaces.operations.residual import shortcut
from search_spaces.outline import Box, Outline, Panel

STAGES = 3


@dataclass(frozen=True, slots=True)
class ResNet:
    """`depth` = 6 n + 2 weighted layers: conv3x3, three stages of n basic blocks, linear.

    The stages have `width`, 2 `width` and 4 `width` channels; the second and third halve height and width. Where the
    paper's CIFAR networks pad the shortcut with zeros (option A), it is a 1x1 convolution here (option B): depth 20 and
    width 16 make 272,474 parameters, not 269,722. Pictures of more than 64 pixels a side are halved by the stem.
    """

    depth: int
    width: int

    @property
    def name(self) -> str:
        """Such as "resnet20_w16", the paper's ResNet-20."""
        return f"resnet{self.depth}_w{self.width}"

    @property
    def blocks(self) -> int:
        """Blocks in each stage."""
        return (self.depth - 2) // (2 * STAGES)

    def network(self, image: Shape, classes: int) -> Graph:
        """Returns the network from a picture to `classes` logits."""
        g = GraphBuilder(image)
        x = g.relu(stem(g, self.width))
        for stage in range(STAGES):
            for block in range(self.blocks):
                with g.scope(f"stage{stage}_block{block}"):
                    x = basic_block(g, x, self.width * 2**stage, stride=2 if stage and not block else 1)
        with g.scope("head"):
            return g.finish(g.classifier(x, classes=classes))

    def outline(self, title: str) -> Outline:
        """Returns one residual block, and how the blocks are stacked."""
        stages = [f"{self.blocks} x block ({self.width * 2**stage} filters)" for stage in range(STAGES)]
        return Outline(title, " → ".join(["stem", *stages, "classifier"]), (BLOCK,))


def basic_block(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """ReLU(shortcut(x) + BN(conv3x3(ReLU(BN(conv3x3(x)))))). Its stride is 1 or 2."""
    with g.scope("body"):
        y = g.relu(g.norm(g.conv(x, channels_out, kernel=3, stride=stride)))
        y = g.norm(g.conv(y, channels_out, kernel=3))
    return g.relu(g.add(shortcut(g, x, channels_out, stride=stride), y))


BLOCK = Panel(
    "Basic block",
    (
        Box("input", "input", "input"),
        Box("first", "conv3x3, BN, ReLU", "operation"),
        Box("second", "conv3x3, BN", "operation"),
        Box("shortcut", "shortcut", "operation"),
        Box("block", "+", "join"),
        Box("relu", "ReLU", "operation"),
        Box("output", "output", "output"),
    ),
    (
        ("input", "first"),
        ("first", "second"),
        ("input", "shortcut"),
        ("shortcut", "block"),
        ("second", "block"),
        ("block", "relu"),
        ("relu", "output"),
    ),
)
