"""A comparison as a stand-alone SVG file: mean scores with their 95 % bands, by trials and by compute.

It has the colours that the reader prefers, light or dark, and light in print. More strategies than there are colours
differ by how their lines are dashed. Pure text: the same comparison always gives the same bytes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nas.bench.axes import Scale, score_scale, tick_text, trial_scale
from nas.bench.curves import Curve, compute_curves, trial_curves
from nas.bench.report import Comparison, counted
from search_spaces.drawing.font import FONT_FAMILY, shorten, text_width, wrap
from search_spaces.drawing.palette import DARK, LIGHT, Palette
from search_spaces.drawing.shapes import clean, number

ROOT = "comparison"
"""The class of the whole picture: its rules reach nothing else on a page that it is put into."""
MARGIN = 24.0
PANEL_WIDTH, PANEL_HEIGHT, PANEL_GAP = 440.0, 320.0, 44.0
AXIS_WIDTH, AXIS_HEIGHT = 56.0, 46.0
TITLE_SIZE, TITLE_LINE = 17.0, 24.0
TEXT_SIZE, TEXT_LINE = 12.0, 18.0
LEGEND_SAMPLE, LEGEND_GAP, LEGEND_LINE = 34.0, 24.0, 20.0
REFERENCE_WIDTH, LINE_WIDTH = 3.0, 1.8
CLEAR, EDGE = 0.2, 0.55
"""How dense the bands of the two that matter most are, and the lines along them."""
FAINTEST, DENSEST, TOGETHER = 0.015, 0.12, 0.24
"""How dense another band may be, and all of those together."""
SHOWN_FROM = 0.1
"""The share of an axis from which on all means are within the panel."""
DASHES = ("", "7 3", "2 2", "9 3 2 3")
INK, MUTED = f'class="ink" fill="{LIGHT.ink}"', f'class="muted" fill="{LIGHT.muted}"'


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes, the lower left corner of which is at the left and bottom of its scales."""

    x: Scale
    y: Scale
    title: str
    curves: Sequence[Curve]


def draw_comparison(comparison: Comparison) -> str:
    """Returns the SVG document."""
    families = [("trials", trial_curves(comparison))]
    if comparison.subject.compute:
        families.append((f"compute: {comparison.subject.compute}", compute_curves(comparison)))
    width = len(families) * (AXIS_WIDTH + PANEL_WIDTH) + (len(families) - 1) * PANEL_GAP
    titles = wrap(comparison.subject.measure.name + ", " + comparison.subject.benchmark, TITLE_SIZE, width)
    notes = wrap(_note(comparison), TEXT_SIZE, width)
    top = TITLE_LINE * len(titles) + TEXT_LINE * len(notes) + 14
    panels = [_panel(comparison, title, curves, index, top) for index, (title, curves) in enumerate(families)]
    legend, legend_height = _legend(comparison, width, top + PANEL_HEIGHT + AXIS_HEIGHT + 10)
    height = top + PANEL_HEIGHT + AXIS_HEIGHT + 10 + legend_height
    return "\n".join(
        [
            *_opening(comparison, width + 2 * MARGIN, height + 2 * MARGIN),
            f'<rect class="paper" width="100%" height="100%" rx="10" fill="{LIGHT.paper}"/>',
            f'<g transform="translate({number(MARGIN)} {number(MARGIN)})">',
            *(
                _text(0, TITLE_LINE * row + TITLE_SIZE, one, TITLE_SIZE, f'{INK} font-weight="600"')
                for row, one in enumerate(titles)
            ),
            *(
                _text(0, TITLE_LINE * len(titles) + TEXT_LINE * row + TEXT_SIZE, one, TEXT_SIZE, MUTED)
                for row, one in enumerate(notes)
            ),
            *(line for panel in panels for line in _draw_panel(panel, comparison)),
            *legend,
            "</g>",
            "</svg>",
            "",
        ]
    )


def _bands(comparison: Comparison) -> str:
    """Returns what the bands are, and which can be read where there are many."""
    if len(comparison.subject.seeds) < 2:
        return "without intervals, which take more seeds."
    clear = _clear(comparison)
    if len(comparison.traces) == len(clear):
        return "mean with 95 % interval."
    names = " and ".join(comparison.subject.strategies[index] for index in clear)
    return f"mean with 95 % interval, faint but for {names}."


def _clear(comparison: Comparison) -> list[int]:
    """Returns the numbers of the reference and of the best of its rivals, whose bands are to be read."""
    reference = comparison.subject.reference
    rivals = [index for index in range(len(comparison.traces)) if index != reference]
    rivals.sort(key=lambda index: _rank(comparison, index))
    return [reference, *rivals[:1]]


def _note(comparison: Comparison) -> str:
    subject = comparison.subject
    return (
        f"Of the best so far by what the search saw; {counted(len(subject.seeds), 'seed')}, "
        f"{counted(subject.workers, 'worker')}, "
        + (f"{subject.repeats} trainings of each architecture, " if subject.repeats > 1 else "")
        + _bands(comparison)
        + ("" if subject.best is None else " Dashed: the best of all by that.")
    )


def _panel(comparison: Comparison, title: str, curves: Sequence[Curve], index: int, top: float) -> Panel:
    left = index * (AXIS_WIDTH + PANEL_WIDTH + PANEL_GAP) + AXIS_WIDTH
    x = trial_scale(comparison.subject.trials if index == 0 else _furthest(curves), left, left + PANEL_WIDTH)
    shown = [value for curve in curves for value in curve.from_x(SHOWN_FROM * x.high).mean]
    best = [] if comparison.subject.best is None else [comparison.subject.best]
    return Panel(x, score_scale([*shown, *best], top + PANEL_HEIGHT, top), title, curves)


def _furthest(curves: Iterable[Curve]) -> float:
    return max((float(curve.x[-1]) for curve in curves if len(curve.x)), default=2.0)


def _draw_panel(panel: Panel, comparison: Comparison) -> Iterator[str]:
    best = comparison.subject.best
    left, right, bottom = panel.x.start, panel.x.end, panel.y.start
    for tick in panel.y.ticks():
        y = panel.y.place(tick)
        yield _line(left, y, right, y)
        yield _text(left - 8, y + 4, tick_text(tick), TEXT_SIZE, f'{MUTED} text-anchor="end"')
    for tick in panel.x.ticks():
        x = panel.x.place(tick)
        yield _line(x, bottom, x, bottom + 5)
        yield _text(x, bottom + 20, tick_text(tick), TEXT_SIZE, f'{MUTED} text-anchor="middle"')
    yield _line(left, bottom, right, bottom)
    if best is not None:
        yield _line(left, panel.y.place(best), right, panel.y.place(best), ' stroke-dasharray="4 4"')
    title = shorten(panel.title, TEXT_SIZE, PANEL_WIDTH)
    yield _text((left + right) / 2, bottom + 40, title, TEXT_SIZE, f'{INK} text-anchor="middle"')
    yield from _draw_curves(panel, _clear(comparison))


def _draw_curves(panel: Panel, clear: Sequence[int]) -> Iterator[str]:
    """Yields an inner picture, which cuts off what is outside; unlike a clip path it needs no name."""
    x, y = number(panel.x.start), number(panel.y.end)
    width, height = number(panel.x.end - panel.x.start), number(panel.y.start - panel.y.end)
    yield f'<svg x="{x}" y="{y}" width="{width}" height="{height}" viewBox="{x} {y} {width} {height}">'
    curves = [(index, curve.from_x(panel.x.low)) for index, curve in enumerate(panel.curves)]
    shown = [(index, curve) for index, curve in curves if len(curve.x)]
    shown.sort(key=lambda one: one[0] in clear)  # these last, so that nothing lies on them
    faint = max(FAINTEST, min(DENSEST, TOGETHER / len(shown))) if shown else 0.0
    for index, curve in shown:
        yield _band(panel, curve, index, faint, is_clear=index in clear)
    for index, curve in shown:
        yield _curve(panel, curve, index, is_reference=index == clear[0])
    yield "</svg>"


def _band(panel: Panel, curve: Curve, index: int, faint: float, *, is_clear: bool) -> str:
    name, colour, _ = _look(index)
    edge = [*zip(curve.x, curve.high, strict=True), *reversed(list(zip(curve.x, curve.low, strict=True)))]
    path = _path(panel, edge)
    kind, density, stroke = "band", faint, 'stroke="none"'
    if is_clear:
        kind, density = "band clear", CLEAR
        stroke = f'stroke="{colour}" stroke-opacity="{EDGE}" stroke-width="0.8"'
    return f'<path class="{name} {kind}" d="{path}Z" fill="{colour}" fill-opacity="{density:.3g}" {stroke}/>'


def _curve(panel: Panel, curve: Curve, index: int, *, is_reference: bool) -> str:
    name, colour, dash = _look(index)
    path = _path(panel, list(zip(curve.x, curve.mean, strict=True)))
    width = REFERENCE_WIDTH if is_reference else LINE_WIDTH
    return (
        f'<path class="{name} line" d="{path}" fill="none" stroke="{colour}" stroke-width="{width}" '
        f'stroke-linejoin="round"{dash}/>'
    )


def _path(panel: Panel, points: Sequence[tuple[float, float]]) -> str:
    places = (f"{number(panel.x.place(x))},{number(panel.y.place(y))}" for x, y in points)
    return "M" + "L".join(places)


def _legend(comparison: Comparison, width: float, top: float) -> tuple[list[str], float]:
    """Returns the strategies with their last mean, the best first, in columns, and how high that is."""
    subject = comparison.subject
    labels = {index: _label(comparison, index) for index in range(len(subject.strategies))}
    order = sorted(labels, key=lambda index: _rank(comparison, index))
    column = LEGEND_SAMPLE + LEGEND_GAP + max(text_width(label, TEXT_SIZE) for label in labels.values())
    columns = max(1, min(len(labels), int((width + LEGEND_GAP) // column)))
    lines = []
    for position, index in enumerate(order):
        x, y = (position % columns) * column, top + (position // columns) * LEGEND_LINE + LEGEND_LINE / 2
        name, colour, dash = _look(index)
        stroke = REFERENCE_WIDTH if index == subject.reference else LINE_WIDTH
        lines.append(
            f'<path class="{name} line" d="M{number(x)},{number(y)}h{number(LEGEND_SAMPLE - 8)}" fill="none" '
            f'stroke="{colour}" stroke-width="{stroke}"{dash}/>'
        )
        room = width - LEGEND_SAMPLE - x
        lines.append(_text(x + LEGEND_SAMPLE, y + 4, shorten(labels[index], TEXT_SIZE, room), TEXT_SIZE, INK))
    return lines, -(-len(order) // columns) * LEGEND_LINE


def _label(comparison: Comparison, index: int) -> str:
    last = comparison.trials.rows[index][-1]
    shown = comparison.subject.measure.show(last.estimate.mean) if last else "-"
    return f"{comparison.subject.strategies[index]} {shown}"


def _rank(comparison: Comparison, index: int) -> float:
    last = comparison.trials.rows[index][-1]
    if last is None:
        return np.inf
    return last.estimate.mean if comparison.subject.measure.lower_is_better else -last.estimate.mean


def _look(index: int) -> tuple[str, str, str]:
    """Returns class, colour on a light page and dashes of the curve of that number."""
    colour = index % len(LIGHT.values)
    dashes = DASHES[index // len(LIGHT.values) % len(DASHES)]
    return f"curve{colour}", LIGHT.values[colour], f' stroke-dasharray="{dashes}"' if dashes else ""


def _opening(comparison: Comparison, width: float, height: float) -> list[str]:
    subject = comparison.subject
    title = f"{subject.benchmark}: {subject.measure.name} of {len(subject.strategies)} strategies"
    finals = "; ".join(_label(comparison, index) for index in range(len(subject.strategies)))
    return [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{ROOT}" role="img" width="{number(width)}" '
            f'height="{number(height)}" viewBox="0 0 {number(width)} {number(height)}" font-family="{FONT_FAMILY}">'
        ),
        f"<title>{clean(title)}</title>",
        f"<desc>{clean(f'{_note(comparison)} After {subject.trials} trials: {finals}.')}</desc>",
        f"<style>\n{_style_sheet(DARK)}\n</style>",
    ]


def _style_sheet(palette: Palette) -> str:
    rules = {
        ".paper": f"fill: {palette.paper}",
        ".ink": f"fill: {palette.ink}",
        ".muted": f"fill: {palette.muted}",
        ".rule": f"stroke: {palette.plain_line}",
    }
    for index, colour in enumerate(palette.values):
        rules[f".curve{index}.line"] = f"stroke: {colour}"
        rules[f".curve{index}.band"] = f"fill: {colour}"
        rules[f".curve{index}.clear"] = f"stroke: {colour}"
    written = (f".{ROOT} {selector} {{ {rule} }}" for selector, rule in rules.items())
    return "\n".join(["@media (prefers-color-scheme: dark) {", *written, "}"])


def _line(x: float, y: float, to_x: float, to_y: float, dash: str = "") -> str:
    return (
        f'<path class="rule" d="M{number(x)},{number(y)}L{number(to_x)},{number(to_y)}" '
        f'stroke="{LIGHT.plain_line}" stroke-opacity="{0.9 if dash else 0.4}"{dash}/>'
    )


def _text(x: float, y: float, text: str, size: float, attributes: str) -> str:
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}" {attributes}>{clean(text)}</text>'
    )
