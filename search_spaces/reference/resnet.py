"""Residual networks for small pictures, in many sizes: rivals for small searches. He et al. 2016, section 4.2."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.network import stem
from search_spaces.reference.catalogue import CIFAR, CIFAR_CLASSES, references
from search_spaces.reference.residual import Residual, basic
from search_spaces.reference.residual_cifar import blocks_per_stage
from search_spaces.reference.stages import add_stages

DEPTHS = (8, 14, 20)
WIDTHS = (4, 8, 16, 32)

SIZES = {f"resnet{depth}_w{width}": (depth, width) for depth in DEPTHS for width in WIDTHS}


@references(SIZES, image=CIFAR, classes=CIFAR_CLASSES, source="He et al. 2016, section 4.2")
def small_resnet(g: GraphBuilder, classes: int, size: tuple[int, int]) -> Value:
    """`depth` = 6 n + 2 weighted layers: conv3x3, three stages of n basic blocks, linear.

    The stages have `width`, 2 `width` and 4 `width` channels; the second and third halve height and width. Where the
    paper's CIFAR networks pad the shortcut with zeros (option A), it is a 1x1 convolution here (option B): depth 20 and
    width 16 make 272,474 parameters, not 269,722. Pictures of more than 64 pixels a side are halved by the stem.
    """
    depth, width = size
    x = g.relu(stem(g, width))
    blocks = blocks_per_stage(depth, convolutions=2)
    x = add_stages(g, x, Residual(blocks, basic).block, width=width, blocks=blocks)
    with g.scope("head"):
        return g.classifier(x, classes=classes)
