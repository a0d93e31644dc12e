"""How wide text is, without a font at hand: an estimate that is never too small for the usual sans-serif faces."""

FONT_FAMILY = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"

# Advance widths in em of DejaVu Sans, the widest of the family above.
_USUAL = 0.64
_WIDTHS = {
    **dict.fromkeys("ijl'", 0.28),
    **dict.fromkeys("|.,:;! ", 0.34),
    **dict.fromkeys('frt()[]-I"/', 0.42),
    **dict.fromkeys("_sJ", 0.53),
    **dict.fromkeys("ABCDEFGHKLNPRSTUVXYZ", 0.73),
    **dict.fromkeys("OQ+=<>~×→", 0.84),
    **dict.fromkeys("mwMW@%", 1.0),
}
_FOREIGN = 1.0


def text_width(text: str, size: float) -> float:
    """Returns the width of one line of `text` at a font size of `size` pixels, in pixels."""
    return size * sum(_advance(character) for character in text)


def shorten(text: str, size: float, width: float) -> str:
    """Returns `text`, cut and ended with an ellipsis where it is wider than `width` pixels."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text + "…"


def wrap(text: str, size: float, width: float) -> list[str]:
    """Returns `text` in lines of at most `width` pixels, broken at spaces; a word that is wider is shortened."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(shorten(word, size, width))
    return lines


def _advance(character: str) -> float:
    return _WIDTHS.get(character, _USUAL if character.isascii() else _FOREIGN)
