"""Colours: text and lines stand out from what they stand on, on both pages (WCAG 2.1)."""

import pytest

from search_spaces.drawing.palette import DARK, LIGHT, Palette
from search_spaces.outline import Mark

TEXT, LINE = 4.5, 3.0
PAGES = pytest.mark.parametrize("page", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour: str) -> float:
    """Returns the relative luminance of "#rrggbb", from 0 for black to 1 for white."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_as_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@PAGES
def test_text_can_be_read(page: Palette) -> None:
    assert contrast(page.ink, page.paper) >= TEXT
    assert contrast(page.muted, page.paper) >= TEXT
    for look in page.looks.values():
        assert contrast(look.text, look.fill) >= TEXT
    for colour in page.marks.values():
        assert contrast(page.paper, colour) >= TEXT  # the sign in its disc


@PAGES
def test_lines_can_be_seen(page: Palette) -> None:
    for colour in (
        page.plain_line,
        *page.values,
        *page.marks.values(),
        *(look.line for look in page.looks.values()),
    ):
        assert contrast(colour, page.paper) >= LINE


def test_both_pages_have_the_same_things() -> None:
    assert set(LIGHT.looks) == set(DARK.looks)
    assert set(LIGHT.marks) == set(DARK.marks) == set(Mark) - {Mark.SAME}
    assert len(set(LIGHT.values)) == len(LIGHT.values) == len(DARK.values)
    assert luminance(LIGHT.paper) > 0.9
    assert luminance(DARK.paper) < 0.1
