"""Inception-v3: large windows factorised into small ones. Szegedy et al. 2016.

Widths and paddings are those of the authors' released model. It keeps the 5x5 of the first modules, which the paper's
figure 5 writes as two 3x3, and its other windows of one row and one column are seven long, as in the paper's figure 6.
"""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.reference.catalogue import AuxiliaryHead, reference
from search_spaces.reference.heads import average_dropout_linear
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

IMAGE = (3, 299, 299)
ROW, COLUMN = (1, 7), (7, 1)
SHORT_ROW, SHORT_COLUMN = (1, 3), (3, 1)

STEM: Chain = (
    convolution(32, 3, stride=2, padding=0),
    convolution(32, 3, padding=0),
    convolution(64, 3),
    MAX_POOL,
    convolution(80),
    convolution(192, 3, padding=0),
    MAX_POOL,
)


def module_a(single: int, projection: int) -> Fork:
    """[1x1, 1x1-5x5, 1x1-3x3-3x3, averagepool-1x1]; the 1x1 and the pooled branch have these widths."""
    return Fork(
        (convolution(single),),
        (convolution(48), convolution(64, 5)),
        (convolution(64), convolution(96, 3), convolution(96, 3)),
        (AVERAGE_POOL_SAME, convolution(projection)),
    )


def module_b(inner: int) -> Fork:
    """[1x1, 1x1-1x7-7x1, 1x1-7x1-1x7-7x1-1x7, averagepool-1x1], 192 channels each. Szegedy et al. 2016, figure 6."""
    return Fork(
        (convolution(192),),
        (convolution(inner), convolution(inner, ROW), convolution(192, COLUMN)),
        (
            convolution(inner),
            convolution(inner, COLUMN),
            convolution(inner, ROW),
            convolution(inner, COLUMN),
            convolution(192, ROW),
        ),
        (AVERAGE_POOL_SAME, convolution(192)),
    )


REDUCTION_A = Fork(
    (convolution(384, 3, stride=2, padding=0),),
    (convolution(64), convolution(96, 3), convolution(96, 3, stride=2, padding=0)),
    (MAX_POOL,),
)

REDUCTION_B = Fork(
    (convolution(192), convolution(320, 3, stride=2, padding=0)),
    (
        convolution(192),
        convolution(192, ROW),
        convolution(192, COLUMN),
        convolution(192, 3, stride=2, padding=0),
    ),
    (MAX_POOL,),
)

CROSS = Fork((convolution(384, SHORT_ROW),), (convolution(384, SHORT_COLUMN),))

MODULE_C = Fork(  # Szegedy et al. 2016, figure 7
    (convolution(320),),
    (convolution(384), CROSS),
    (convolution(448), convolution(384, 3), CROSS),
    (AVERAGE_POOL_SAME, convolution(192)),
)

BODY = (
    *[module_a(64, projection) for projection in (32, 64, 64)],
    REDUCTION_A,
    *[module_b(inner) for inner in (128, 160, 160, 192)],
    REDUCTION_B,
    *[MODULE_C] * 2,
)


def auxiliary(g: GraphBuilder, classes: int) -> Value:
    """Mean of 5x5 windows, conv1x1-128, conv5x5-768, linear: section 4 and the released model."""
    x = g.pool(g.image, "average", kernel=5, stride=3, padding=0)
    x = add_chain(g, x, (convolution(128), convolution(768, 5, padding=0)), conv_norm_relu)
    return g.classifier(x, classes=classes)


@reference(
    "inception_v3",
    image=IMAGE,
    source="Szegedy et al. 2016, table 1",
    auxiliary=(AuxiliaryHead((768, 17, 17), auxiliary),),
)
def inception_v3(g: GraphBuilder, classes: int) -> Value:
    """Stem, 3 modules at 35x35, reduction, 4 at 17x17, reduction, 2 at 8x8, global average, dropout, linear."""
    with g.scope("stem"):
        x = add_chain(g, g.image, STEM, conv_norm_relu)
    x = add_parts(g, x, "mixed", [(module,) for module in BODY], conv_norm_relu)
    with g.scope("head"):
        return average_dropout_linear(g, x, classes, dropout=0.5)
