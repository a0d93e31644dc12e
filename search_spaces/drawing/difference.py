"""Two outlines in one, with what differs marked.

Panels of one title are laid beside each other. Boxes of one key are the same box; where two panels have them in
different orders, only those that keep their order are, and the others stand there twice.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import chain

from search_spaces.drawing.words import MEANINGS
from search_spaces.outline import Arrow, Box, Mark, Outline, Panel

CHANGE = " → "
ITEM = ", "


def difference(one: Outline, other: Outline) -> Outline:
    """Returns an outline of everything that is in either, boxes and arrows that differ marked, and a legend.

    A box in both whose label or note differs has both of them: "conv_3x3 → conv_5x5". A panel that only one of the
    two has is marked as a whole.
    """
    titles = dict.fromkeys(panel.title for panel in (*one.panels, *other.panels))
    panels = tuple(_merge(_panel(one, title), _panel(other, title)) for title in titles)
    return Outline(
        title=_both(one.title, other.title),
        stack=_both(one.stack, other.stack),
        panels=panels,
        legend=tuple(MEANINGS.items()),
    )


def _panel(outline: Outline, title: str) -> Panel:
    return next((panel for panel in outline.panels if panel.title == title), Panel(title, (), ()))


def _merge(one: Panel, other: Panel) -> Panel:
    boxes = tuple(_boxes(one.boxes, other.boxes))
    twice = {box.key for box in one.boxes} & {box.key for box in other.boxes}
    twice -= {box.key for box in boxes if box.mark in (Mark.SAME, Mark.CHANGED)}
    one_arrows = [_renamed(arrow, twice, Mark.ONE) for arrow in one.arrows]
    other_arrows = [_renamed(arrow, twice, Mark.OTHER) for arrow in other.arrows]
    return Panel(
        one.title,
        tuple(replace(box, key=_own_key(box.key, box.mark)) if box.key in twice else box for box in boxes),
        tuple(dict.fromkeys(chain(one_arrows, other_arrows))),
        one_only=frozenset(one_arrows) - frozenset(other_arrows),
        other_only=frozenset(other_arrows) - frozenset(one_arrows),
    )


def _boxes(one: Sequence[Box], other: Sequence[Box]) -> Iterator[Box]:
    """Yields the boxes of both in an order that fits both, each with its mark."""
    keys = [box.key for box in one], [box.key for box in other]
    # Keys are unique, so that no key is popular: `autojunk` would change nothing but the time.
    for tag, start, end, other_start, other_end in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from map(_in_both, one[start:end], other[other_start:other_end])
        else:
            yield from (replace(box, mark=Mark.ONE) for box in one[start:end])
            yield from (replace(box, mark=Mark.OTHER) for box in other[other_start:other_end])


def _in_both(one: Box, other: Box) -> Box:
    if one == other:
        return one
    note = _both_notes(one.note, other.note)
    return replace(other, label=_both(one.label, other.label), note=note, mark=Mark.CHANGED)


def _renamed(arrow: Arrow, twice: Collection[str], mark: Mark) -> Arrow:
    tail, head = (_own_key(key, mark) if key in twice else key for key in arrow)
    return tail, head


def _own_key(key: str, mark: Mark) -> str:
    return f"{key} ({mark})"


def _both(one: str, other: str) -> str:
    return one if one == other else CHANGE.join(text or "nothing" for text in (one, other))


def _both_notes(one: str, other: str) -> str:
    """Returns what `_both` does, item by item where both notes have as many: a shape, a number of parameters."""
    items, other_items = one.split(ITEM), other.split(ITEM)
    if len(items) != len(other_items):
        return _both(one, other)
    return ITEM.join(map(_both, items, other_items))
