"""Inception-ResNet-v2: inception modules as residual branches. Szegedy et al. 2017.

As in the authors' released model the stem is that of Inception-v3, not that of Inception-v4, and modules are repeated
10, 20 and 10 times; the paper's figure 15 has 5, 10 and 5. The last module is added in full and without a ReLU.
"""

from dataclasses import dataclass

from search_spaces.graph import GraphBuilder, Value
from search_spaces.reference.catalogue import references
from search_spaces.reference.heads import average_dropout_linear
from search_spaces.reference.inception_v3 import (
    COLUMN,
    IMAGE,
    ROW,
    SHORT_COLUMN,
    SHORT_ROW,
    STEM,
    module_a,
)
from search_spaces.reference.steps import (
    MAX_POOL,
    Fork,
    Step,
    Unit,
    add_chain,
    add_parts,
    conv_norm_relu,
    convolution,
)


@dataclass(frozen=True, slots=True)
class Residual:
    """ReLU(x + scale * conv1x1(branches(x))): the 1x1 has a bias and restores the channels of x.

    Scales between 0.1 and 0.3 keep the training of wide networks stable. Szegedy et al. 2017, section 3.3.
    """

    branches: Fork
    scale: float

    def add_to(self, g: GraphBuilder, x: Value, unit: Unit) -> Value:
        """Adds the module: x in, the same shape out."""
        return g.relu(g.add(x, g.rescale(restored(g, x, self.branches, unit), self.scale)))


@dataclass(frozen=True, slots=True)
class LastResidual:
    """x + conv1x1(branches(x))."""

    branches: Fork

    def add_to(self, g: GraphBuilder, x: Value, unit: Unit) -> Value:
        """Adds the module: x in, the same shape out."""
        return g.add(x, restored(g, x, self.branches, unit))


def restored(g: GraphBuilder, x: Value, branches: Fork, unit: Unit) -> Value:
    """conv1x1(branches(x)), with as many channels as x."""
    y = branches.add_to(g, x, unit)
    with g.scope("restore"):
        return g.conv(y, x.channels, kernel=1, bias=True)


MODULE_A = Residual(  # Szegedy et al. 2017, figure 16
    Fork(
        (convolution(32),),
        (convolution(32), convolution(32, 3)),
        (convolution(32), convolution(48, 3), convolution(64, 3)),
    ),
    scale=0.17,
)

REDUCTION_A = Fork(  # figure 7 with k, l, m, n of table 1
    (convolution(384, 3, stride=2, padding=0),),
    (convolution(256), convolution(256, 3), convolution(384, 3, stride=2, padding=0)),
    (MAX_POOL,),
)

MODULE_B = Residual(  # figure 17
    Fork((convolution(192),), (convolution(128), convolution(160, ROW), convolution(192, COLUMN))),
    scale=0.1,
)

REDUCTION_B = Fork(  # figure 18
    (convolution(256), convolution(384, 3, stride=2, padding=0)),
    (convolution(256), convolution(288, 3, stride=2, padding=0)),
    (convolution(256), convolution(288, 3), convolution(320, 3, stride=2, padding=0)),
    (MAX_POOL,),
)

BRANCHES_C = Fork(  # figure 19
    (convolution(192),), (convolution(192), convolution(224, SHORT_ROW), convolution(256, SHORT_COLUMN))
)
MODULE_C = Residual(BRANCHES_C, scale=0.2)
LAST = LastResidual(BRANCHES_C)
LAST_WIDTH = convolution(1536)

REPEATS = {"inception_resnet_v2": (10, 20, 10), "inception_resnet_v2_5_10_5": (5, 10, 5)}


@references(REPEATS, image=IMAGE, source="Szegedy et al. 2017, figure 15")
def inception_resnet_v2(g: GraphBuilder, classes: int, repeats: tuple[int, int, int]) -> Value:
    """Stem, residual modules at 35x35, 17x17 and 8x8 with reductions between, conv1x1, average, dropout, linear."""
    a, b, c = repeats
    body: tuple[Step, ...] = (
        module_a(96, 64),
        *[MODULE_A] * a,
        REDUCTION_A,
        *[MODULE_B] * b,
        REDUCTION_B,
        *[MODULE_C] * (c - 1),
        LAST,
    )
    with g.scope("stem"):
        x = add_chain(g, g.image, STEM, conv_norm_relu)
    x = add_parts(g, x, "mixed", [(module,) for module in body], conv_norm_relu)
    with g.scope("head"):
        x = LAST_WIDTH.add_to(g, x, conv_norm_relu)
        return average_dropout_linear(g, x, classes, dropout=0.2)
