"""The plot: well-formed, complete, and nothing outside its view box."""

import re
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from nas.bench.axes import Scale, score_scale, tick_text, trial_scale
from nas.bench.plot import CLEAR, draw_comparison
from nas.bench.problem import Measure
from nas.bench.report import Subject, compare
from nas.bench.standings import marks_up_to
from nas.bench.trace import Step, trace_of
from search_spaces.drawing.font import text_width

SVG = "{http://www.w3.org/2000/svg}"
MARGIN = 24


def drawing(strategies=3, trials=60, seeds=3, compute="training seconds", best=99.0):
    names = tuple(f"strategy<{index}>[population=30,sample=25]" for index in range(strategies))
    traces = [
        [
            trace_of([Step(i, 1.1 * i, i, 50 + 0.5 * i + index + seed, 0.0) for i in range(1, trials + 1)])
            for seed in range(seeds)
        ]
        for index in range(strategies)
    ]
    measure = Measure("test accuracy, %", 2)
    subject = Subject("a & b", measure, names, 0, tuple(range(seeds)), trials, 8, False, compute, best)
    marks = marks_up_to(trials)
    return draw_comparison(compare(subject, traces, marks, marks))


def texts(svg):
    """Yields for every line of text its content and its box: left, top, right, bottom; generously wide."""
    for element in ET.fromstring(svg).iter(SVG + "text"):
        size, x, y = (float(element.attrib[key]) for key in ("font-size", "x", "y"))
        width = text_width(element.text, size)
        left = x - {"end": width, "middle": width / 2}.get(element.attrib.get("text-anchor"), 0)
        yield element.text, (left, y - 0.8 * size, left + width, y + 0.2 * size)


@pytest.mark.parametrize("strategies", [1, 3, 13, 26])
@pytest.mark.parametrize("compute", ["training seconds", ""])
def test_all_text_lies_within_the_picture_and_none_on_another(strategies, compute):
    svg = drawing(strategies, compute=compute)
    _, _, width, height = map(float, ET.fromstring(svg).attrib["viewBox"].split())
    boxes = list(texts(svg))
    for text, (left, top, right, bottom) in boxes:
        assert left >= -MARGIN, text
        assert top >= -MARGIN, text
        assert right <= width - MARGIN, text
        assert bottom <= height - MARGIN, text
    for (text, one), (other_text, other) in combinations(boxes, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (text, other_text)


def test_every_strategy_has_a_line_and_a_band_in_both_panels_and_stands_in_the_legend():
    svg = drawing(4)
    root = ET.fromstring(svg)
    classes = [element.attrib.get("class", "").split() for element in root.iter(SVG + "path")]
    assert sum("band" in one for one in classes) == 8
    assert sum("line" in one for one in classes) == 8 + 4
    listed = [text for text, _ in texts(svg) if re.fullmatch(r"strategy<.*\] \d+\.\d\d", text)]
    assert [text.split(">")[0] for text in listed] == [f"strategy<{index}" for index in (3, 2, 1, 0)]


def test_the_bands_of_the_reference_and_its_best_rival_are_clear_and_others_fainter_the_more_they_are():
    def densities(strategies: int) -> dict[str, list[float]]:
        found = {"band": [], "band clear": []}
        for element in ET.fromstring(drawing(strategies, compute="")).iter(SVG + "path"):
            _, _, kind = element.attrib["class"].partition(" ")
            if kind in found:
                found[kind].append(float(element.attrib["fill-opacity"]))
        return found

    few, many = densities(4), densities(10)
    assert few["band clear"] == many["band clear"] == [CLEAR, CLEAR]
    assert len(many["band"]) == 8
    assert 0 < max(many["band"]) < min(few["band"]) < CLEAR
    assert sum(many["band"]) < 1.5 * CLEAR
    last = [
        one
        for one in ET.fromstring(drawing(10, compute="")).iter(SVG + "path")
        if "band" in one.attrib["class"]
    ]
    assert ["clear" in one.attrib["class"] for one in last] == [False] * 8 + [
        True
    ] * 2  # above the faint ones


def test_the_note_says_whose_bands_are_clear_and_counts_properly():
    many, two, alone = (
        " ".join(text for text, _ in texts(drawing(*shape))) for shape in ((9,), (2,), (2, 60, 1))
    )
    assert "3 seeds, 8 workers, mean with 95 % interval, faint but for strategy<0>" in many
    assert " and strategy<8>" in many.split("Dashed")[0]
    assert "mean with 95 % interval. Dashed" in two
    assert "1 seed, 8 workers, without intervals, which take more seeds." in alone


def test_curves_are_cut_off_at_the_borders_of_their_panels():
    root = ET.fromstring(drawing(3))
    panels = list(root.iter(SVG + "svg"))[1:]
    assert len(panels) == 2
    _, _, whole_width, whole_height = map(float, root.attrib["viewBox"].split())
    for panel in panels:
        x, y, width, height = map(float, panel.attrib["viewBox"].split())
        assert [float(panel.attrib[key]) for key in ("x", "y", "width", "height")] == [x, y, width, height]
        assert 0 <= x < x + width <= whole_width - 2 * MARGIN
        assert 0 <= y < y + height <= whole_height - 2 * MARGIN
        lines = [one for one in panel.iter(SVG + "path") if "line" in one.attrib["class"]]
        assert len(lines) == 3
        for line in lines:
            places = re.findall(r"(-?[\d.]+),(-?[\d.]+)", line.attrib["d"])
            assert all(x <= float(one) <= x + width for one, _ in places)
            assert y <= float(places[-1][1]) <= y + height  # the end, at least, is seen


def test_it_speaks_and_has_colours_for_dark_pages():
    root = ET.fromstring(drawing())
    assert root.attrib["role"] == "img"
    assert root.find(SVG + "title").text == "a & b: test accuracy, % of 3 strategies"
    assert "After 60 trials: strategy<0>" in root.find(SVG + "desc").text
    assert "prefers-color-scheme: dark" in root.find(SVG + "style").text


def test_more_strategies_than_colours_differ_by_their_dashes():
    root = ET.fromstring(drawing(14))
    looks = [
        (element.attrib["stroke"], element.attrib.get("stroke-dasharray"))
        for element in root.iter(SVG + "path")
        if "h" in element.attrib["d"]
    ]
    assert len(set(looks)) == 14


@pytest.mark.parametrize(("trials", "seeds"), [(1, 1), (2, 1), (3, 2)])
def test_very_short_comparisons_can_be_drawn(trials, seeds):
    ET.fromstring(drawing(2, trials=trials, seeds=seeds, best=None))


def test_ticks_are_round_and_within():
    assert Scale(0, 1, 0, 100).ticks() == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert Scale(87.2, 89.1, 0, 100).ticks() == [87.5, 88, 88.5, 89]
    assert trial_scale(500, 0, 100).ticks() == [20, 50, 100, 200, 500]
    assert [tick_text(one) for one in (0.2, 5_000, 88.5)] == ["0.2", "5,000", "88.5"]


def test_places():
    scale = Scale(10, 1_000, 0, 100, is_logarithmic=True)
    assert [scale.place(one) for one in (10, 100, 1_000, 1)] == pytest.approx([0, 50, 100, -50])
    flat = score_scale([5.0, 5.0], 100, 0)
    assert flat.low < 5 < flat.high
    assert flat.place(5.0) == pytest.approx(50)
