"""What the networks made of stages of alike blocks share."""

from collections.abc import Sequence
from typing import Protocol

from search_spaces.graph import GraphBuilder, Value


class Block(Protocol):
    """One block of a stage."""

    def __call__(self, g: GraphBuilder, x: Value, width: int, *, stride: int) -> Value:
        """Adds its layers after x: (C, H, W) to (C', ceil(H / stride), ceil(W / stride)), C' following from `width`."""
        ...


def add_stages(g: GraphBuilder, x: Value, block: Block, *, width: int, blocks: Sequence[int]) -> Value:
    """Adds stages of so many blocks each, as the parts "stage1_block1" and on.

    Every stage but the first begins with a stride of two and is twice as wide as the one before.
    """
    for stage, count in enumerate(blocks):
        for number in range(count):
            with g.scope(f"stage{stage + 1}_block{number + 1}"):
                x = block(g, x, width * 2**stage, stride=2 if stage and not number else 1)
    return x


def imagenet_stem(g: GraphBuilder, width: int) -> Value:
    """ReLU(BN(conv7x7, stride 2)), then max pooling of stride 2: a quarter of the picture's sides."""
    with g.scope("stem"):
        x = g.relu(conv_norm(g, g.image, width, kernel=7, stride=2))
        return g.pool(x, "max", kernel=3, stride=2)


def conv_norm(
    g: GraphBuilder, x: Value, channels_out: int, *, kernel: int = 1, stride: int = 1, groups: int = 1
) -> Value:
    """BN(conv(x)): (C, H, W) to (channels_out, ceil(H / stride), ceil(W / stride))."""
    return g.norm(g.conv(x, channels_out, kernel=kernel, stride=stride, groups=groups))


def norm_relu(g: GraphBuilder, x: Value) -> Value:
    """ReLU(BN(x)). The shape stays."""
    return g.relu(g.norm(x))
