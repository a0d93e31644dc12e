"""Estimated widths of text, held against a real face."""

import pytest
from PIL import ImageFont

from search_spaces.drawing.font import shorten, text_width, wrap

LABELS = (
    "sep_conv_3x3",
    "residual_bottleneck",
    "MAX_POOL",
    "identity",
    "concatenate",
    "Normal cell",
    "stem → 2 × 16",
)


@pytest.mark.parametrize("label", LABELS)
def test_estimates_are_never_too_small_and_never_far_too_large(label: str) -> None:
    real = ImageFont.load_default(size=26).getlength(label)
    assert real <= text_width(label, 26) <= 1.6 * real


def test_width_grows_with_size_and_text() -> None:
    assert text_width("conv", 26) == pytest.approx(2 * text_width("conv", 13))
    assert text_width("", 13) == 0
    assert text_width("深", 13) == 13


def test_text_is_shortened_to_what_fits() -> None:
    assert shorten("identity", 10, 100) == "identity"
    cut = shorten("identity", 10, 30)
    assert cut.endswith("…")
    assert text_width(cut, 10) <= 30
    assert "identity".startswith(cut[:-1])


def test_text_is_wrapped_at_spaces() -> None:
    lines = wrap("stem → normal → reduction → a_word_that_is_far_too_long_for_it", 13, 150)
    assert len(lines) > 1
    assert all(text_width(line, 13) <= 150 for line in lines)
    assert " ".join(lines).startswith("stem → normal → reduction → a_word")
    assert wrap("", 13, 150) == []
