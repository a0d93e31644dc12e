"""Panels in words."""

from search_spaces.drawing.words import describe
from search_spaces.outline import Box, Mark, Panel


def test_a_cell_is_described_as_sums(example: Panel) -> None:
    assert describe(example) == (
        "block0 = sep_conv_3x3(previous) + identity(current); "
        "block1 = max_pool_3x3(previous) + conv_1x1(current); concatenate takes block0, block1"
    )


def test_a_chain_is_described_step_by_step() -> None:
    boxes = (Box("i", "image", "input"), Box("a", "stem", "operation"), Box("o", "out", "output"))
    panel = Panel("Network", boxes, (("i", "a"), ("a", "o")))
    assert describe(panel) == "stem takes image; out takes stem"


def test_a_product_is_no_sum() -> None:
    boxes = (Box("x", "x", "input"), Box("gate", "SE", "operation"), Box("scaled", "×", "join"))
    panel = Panel("gate", boxes, (("x", "gate"), ("x", "scaled"), ("gate", "scaled")))
    assert describe(panel) == "scaled = x × SE(x)"


def test_a_join_of_a_word_is_said_like_a_function() -> None:
    boxes = (Box("x", "x", "input"), Box("y", "y", "input"), Box("ends", "concat", "join"))
    assert describe(Panel("cell", boxes, (("x", "ends"), ("y", "ends")))) == "ends = concat(x, y)"


def test_of_a_comparison_only_what_differs_is_said() -> None:
    boxes = (
        Box("i", "image", "input"),
        Box("a", "stem → entry", "operation", "3x8x8", Mark.CHANGED),
        Box("b", "extra", "operation", mark=Mark.OTHER),
        Box("o", "out", "output"),
    )
    arrows = (("i", "a"), ("a", "b"), ("a", "o"), ("b", "o"))
    one, other = frozenset({("a", "o")}), frozenset({("a", "b"), ("b", "o")})
    assert describe(Panel("Network", boxes, arrows, one, other)) == (
        "a: changed, stem → entry, 3x8x8; b: only in the second, extra; arrow a to b: only in the second; "
        "arrow a to o: only in the first; arrow b to o: only in the second"
    )
