"""Inception-v4. Szegedy et al. 2017 ("Inception-v4, Inception-ResNet and the Impact of Residual Connections")."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.reference.catalogue import reference
from search_spaces.reference.heads import average_dropout_linear
from search_spaces.reference.inception_v3 import COLUMN, IMAGE, ROW, SHORT_COLUMN, SHORT_ROW
from search_spaces.reference.steps import (
    AVERAGE_POOL_SAME,
    MAX_POOL,
    Chain,
    Fork,
    add_chain,
    add_parts,
    conv_norm_relu,
    convolution,
)

STEM: Chain = (
    convolution(32, 3, stride=2, padding=0),
    convolution(32, 3, padding=0),
    convolution(64, 3),
)

STEM_FORKS = (  # Szegedy et al. 2017, figure 3
    Fork((MAX_POOL,), (convolution(96, 3, stride=2, padding=0),)),
    Fork(
        (convolution(64), convolution(96, 3, padding=0)),
        (convolution(64), convolution(64, ROW), convolution(64, COLUMN), convolution(96, 3, padding=0)),
    ),
    Fork((convolution(192, 3, stride=2, padding=0),), (MAX_POOL,)),
)

MODULE_A = Fork(  # figure 4
    (convolution(96),),
    (convolution(64), convolution(96, 3)),
    (convolution(64), convolution(96, 3), convolution(96, 3)),
    (AVERAGE_POOL_SAME, convolution(96)),
)

REDUCTION_A = Fork(  # figure 7 with k, l, m, n of table 1
    (convolution(384, 3, stride=2, padding=0),),
    (convolution(192), convolution(224, 3), convolution(256, 3, stride=2, padding=0)),
    (MAX_POOL,),
)

MODULE_B = Fork(  # figure 5
    (convolution(384),),
    (convolution(192), convolution(224, ROW), convolution(256, COLUMN)),
    (
        convolution(192),
        convolution(192, COLUMN),
        convolution(224, ROW),
        convolution(224, COLUMN),
        convolution(256, ROW),
    ),
    (AVERAGE_POOL_SAME, convolution(128)),
)

REDUCTION_B = Fork(  # figure 8
    (convolution(192), convolution(192, 3, stride=2, padding=0)),
    (
        convolution(256),
        convolution(256, ROW),
        convolution(320, COLUMN),
        convolution(320, 3, stride=2, padding=0),
    ),
    (MAX_POOL,),
)

CROSS = Fork((convolution(256, SHORT_ROW),), (convolution(256, SHORT_COLUMN),))

MODULE_C = Fork(  # figure 6
    (convolution(256),),
    (convolution(384), CROSS),
    (convolution(384), convolution(448, SHORT_COLUMN), convolution(512, SHORT_ROW), CROSS),
    (AVERAGE_POOL_SAME, convolution(256)),
)

BODY = (*STEM_FORKS, *[MODULE_A] * 4, REDUCTION_A, *[MODULE_B] * 7, REDUCTION_B, *[MODULE_C] * 3)


@reference("inception_v4", image=IMAGE, source="Szegedy et al. 2017, figure 9")
def inception_v4(g: GraphBuilder, classes: int) -> Value:
    """Stem, 4 modules at 35x35, reduction, 7 at 17x17, reduction, 3 at 8x8, global average, dropout, linear."""
    with g.scope("stem"):
        x = add_chain(g, g.image, STEM, conv_norm_relu)
    x = add_parts(g, x, "mixed", [(module,) for module in BODY], conv_norm_relu)
    with g.scope("head"):
        return average_dropout_linear(g, x, classes, dropout=0.2)
