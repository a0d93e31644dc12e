"""A panel in words, for those who do not see it: how it is wired or, in a comparison, what differs."""

from collections.abc import Iterator, Sequence

from search_spaces.drawing.links import Statement, Term, read_links, short_name, statements
from search_spaces.outline import Box, Mark, Panel

MEANINGS = {Mark.ONE: "only in the first", Mark.OTHER: "only in the second", Mark.CHANGED: "changed"}


def describe(panel: Panel) -> str:
    """Returns the wiring in words: "block0 = sep_conv_3x3(previous) + identity(current); output takes block0".

    Of a comparison, only what differs: "block0.left: changed, conv_3x3 → conv_5x5; arrow current to block0.left: ...".
    """
    if any(box.mark for box in panel.boxes) or panel.one_only or panel.other_only:
        return "; ".join(_differences(panel))
    found = statements(panel, read_links(panel))
    return "; ".join(_sentence(panel.boxes, statement) for statement in found if statement.terms)


def _differences(panel: Panel) -> Iterator[str]:
    for box in panel.boxes:
        if box.mark:
            yield f"{box.key}: {MEANINGS[box.mark]}, {', '.join(filter(None, (box.label, box.note)))}"
    for arrow in panel.arrows:
        if mark := panel.mark(arrow):
            yield f"arrow {arrow[0]} to {arrow[1]}: {MEANINGS[mark]}"


def _sentence(boxes: Sequence[Box], statement: Statement) -> str:
    terms = [_term(boxes, term) for term in statement.terms]
    target = boxes[statement.target]
    if target.role == "join":
        joined = (
            f" {target.label} ".join(terms)
            if len(target.label) == 1
            else f"{target.label}({', '.join(terms)})"
        )
        return f"{short_name(target)} = {joined}"
    return f"{target.label} takes {', '.join(terms)}"


def _term(boxes: Sequence[Box], term: Term) -> str:
    sources = ", ".join(short_name(boxes[source]) for source in term.sources)
    return sources if term.operation is None else f"{boxes[term.operation].label}({sources})"
