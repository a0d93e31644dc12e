"""SVG documents: complete, well-formed whatever the names are, and the same every time."""

import re
from collections.abc import Callable, Iterator
from math import hypot
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.drawing.difference import difference
from search_spaces.drawing.layout import lay_out
from search_spaces.drawing.palette import LIGHT
from search_spaces.drawing.svg import draw_svg
from search_spaces.outline import Box, Outline, Panel

SVG = "{http://www.w3.org/2000/svg}"


def texts(root: ElementTree.Element, tag: str = "text") -> list[str]:
    return [element.text or "" for element in root.iter(SVG + tag)]


def of_class(root: ElementTree.Element, *names: str) -> Iterator[ElementTree.Element]:
    return (element for element in root.iter() if set((element.get("class") or "").split()) & set(names))


@given(seed=st.integers(0, 10_000), blocks=st.integers(1, 12))
def test_every_box_and_every_arrow_is_there_once(
    random_cell: Callable[[int, int], Panel], seed: int, blocks: int
) -> None:
    panel = random_cell(seed, blocks)
    root = ElementTree.fromstring(draw_svg(Outline("title", "stack", (panel,))))
    drawn = [
        (box.get("data-key"), texts(box)[0], box.get("class"))
        for box in of_class(root, "input", "operation", "join", "output")
    ]
    assert sorted(drawn) == sorted((box.key, box.label, f"box {box.role}") for box in panel.boxes)
    arrows = [(path.get("data-from"), path.get("data-to")) for path in of_class(root, "arrow")]
    assert arrows == list(panel.arrows)


def test_titles_and_descriptions_speak_to_screen_readers(outline: Outline) -> None:
    root = ElementTree.fromstring(draw_svg(outline))
    assert root.get("role") == "img"
    assert root[0].tag == SVG + "title"
    assert root[0].text == "cell:0.1.2"
    assert root[1].tag == SVG + "desc"
    assert (root[1].text or "").startswith(
        "stem → 2 × normal → reduction → classifier. Normal cell: block0 = sep_conv_3x3(previous) + identity(current);"
    )
    assert {"cell:0.1.2", "stem → 2 × normal → reduction → classifier", "Normal cell"} <= set(texts(root))


def test_what_is_taken_twice_has_a_colour_and_what_is_passed_on_has_none() -> None:
    boxes = (Box("image", "image", "input"), *(Box(name, name, "operation") for name in "abc"))
    arrows = (("image", "a"), ("a", "b"), ("a", "c"), ("b", "c"))
    root = ElementTree.fromstring(draw_svg(Outline("title", "stack", (Panel("Network", boxes, arrows),))))
    colours = {path.get("data-from"): path.get("stroke") for path in of_class(root, "arrow")}
    assert colours == {"image": LIGHT.values[0], "a": LIGHT.values[1], "b": LIGHT.plain_line}


def test_the_line_below_the_title_is_one_line_where_a_page_is_wide_enough() -> None:
    panel = Panel("Network", (Box("image", "image", "input"),), ())
    stack = "25,557,032 parameters, 4,089,184,256 multiply-adds"
    assert stack in texts(ElementTree.fromstring(draw_svg(Outline("resnet50", stack, (panel,)))))


def test_it_brings_its_own_background_and_nothing_from_elsewhere(outline: Outline) -> None:
    text = draw_svg(outline)
    root = ElementTree.fromstring(text)
    background = next(root.iter(SVG + "rect"))
    assert (background.get("width"), background.get("height"), background.get("fill")) == (
        "100%",
        "100%",
        "#ffffff",
    )
    assert "href" not in text
    assert " id=" not in text  # so that many pictures can stand on one page


def test_a_dark_page_recolours_everything_that_has_a_colour(
    outline: Outline, random_cell: Callable[[int, int], Panel]
) -> None:
    compared = difference(outline, Outline("other", "", (random_cell(5, 3), random_cell(6, 3))))
    for drawn in (outline, compared):
        root = ElementTree.fromstring(draw_svg(drawn))
        (style,) = root.iter(SVG + "style")
        (media, *rules, end) = (style.text or "").strip().splitlines()
        assert (media, end) == ("@media (prefers-color-scheme: dark) {", "}")
        recoloured = {
            (selector.strip().removeprefix(".architecture "), declaration.split(":")[0].strip())
            for rule in rules
            for selector in rule.split("{")[0].split(",")
            for declaration in rule.split("{")[1].rstrip("} ").split(";")
        }
        assert all(
            rule.startswith(".architecture ") for rule in rules
        )  # a page that it is put into keeps its colours
        for group, element in coloured(root):
            for attribute in {"fill", "stroke"} & set(element.keys()):
                if element.get(attribute) != "none":
                    assert selectors(group, element) & {
                        selector for selector, key in recoloured if key == attribute
                    }


def coloured(root: ElementTree.Element) -> Iterator[tuple[ElementTree.Element, ElementTree.Element]]:
    """Yields the elements with colours, each with the one around it."""
    for group in root.iter():
        yield from ((group, element) for element in group if {"fill", "stroke"} & set(element.keys()))


def selectors(group: ElementTree.Element, element: ElementTree.Element) -> set[str]:
    """Returns the selectors of the style sheet that may mean an element."""
    tag = element.tag.removeprefix(SVG)
    around = (group.get("class") or "").split()
    marked = {f".{name}.box {tag}" for name in around}
    return (
        {f".{name} {tag}" for name in around}
        | marked
        | {f".{name}" for name in (element.get("class") or "").split()}
    )


def test_arrowheads_point_the_way_the_panel_runs(random_cell: Callable[[int, int], Panel]) -> None:
    panels = [random_cell(0, 1), random_cell(0, 12)]
    assert [lay_out(panel).downwards for panel in panels] == [False, True]
    for panel, along in zip(panels, (0, 1), strict=True):
        root = ElementTree.fromstring(draw_svg(Outline("t", "s", (panel,))))
        for head in root.iter(SVG + "polygon"):
            tip, left, right = (
                tuple(map(float, corner.split(","))) for corner in head.get("points", "").split()
            )
            assert left[along] == right[along] < tip[along]
            assert left[1 - along] + right[1 - along] == pytest.approx(2 * tip[1 - along], abs=0.02)


def test_bends_start_and_end_the_way_the_panel_runs(random_cell: Callable[[int, int], Panel]) -> None:
    for panel, along in ((random_cell(0, 1), 0), (random_cell(0, 12), 1)):
        root = ElementTree.fromstring(draw_svg(Outline("t", "s", (panel,))))
        for path in of_class(root, "arrow"):
            points = [
                tuple(map(float, point.split(",")))
                for point in re.findall(r"[-\d.]+,[-\d.]+", path.get("d", ""))
            ]
            letters = re.findall("[A-Z]", path.get("d", ""))
            assert letters == ["M", *("L" if index % 2 == 0 else "C" for index in range(len(letters) - 1))]
            for start, first, second, end in (
                points[place : place + 4] for place in range(1, len(points) - 3, 4)
            ):
                assert first[1 - along] == start[1 - along]
                assert second[1 - along] == end[1 - along]
                assert (
                    first[along] == second[along] == pytest.approx((start[along] + end[along]) / 2, abs=0.01)
                )


@given(seed=st.integers(0, 10_000), blocks=st.integers(1, 8))
def test_everything_lies_within_the_picture(
    random_cell: Callable[[int, int], Panel], seed: int, blocks: int
) -> None:
    panels = (random_cell(seed, blocks), random_cell(seed + 1, blocks))
    root = ElementTree.fromstring(draw_svg(Outline("a title", "stem → classifier", panels)))
    _, _, width, height = map(float, root.get("viewBox", "").split())
    (margin, inner) = root.findall(f"{SVG}g")[0].get("transform", "")[len("translate(") : -1].split()
    for panel in of_class(root, "panel"):
        x, y = map(float, panel.get("transform", "")[len("translate(") : -1].split())
        (body,) = panel.findall(f"{SVG}g")
        top = float(body.get("transform", "").split()[1].rstrip(")"))
        for box in body.iter(SVG + "rect"):
            left, upper, wide, high = (float(box.get(key, "")) for key in ("x", "y", "width", "height"))
            assert 0 <= float(margin) + x + left <= float(margin) + x + left + wide <= width
            assert 0 <= float(inner) + y + top + upper + high <= height


@given(seed=st.integers(0, 10_000), blocks=st.integers(1, 8))
def test_signs_hide_no_arrowhead(random_cell: Callable[[int, int], Panel], seed: int, blocks: int) -> None:
    cells = [Outline("", "", (random_cell(seed + other, blocks + other),)) for other in (0, 1)]
    root = ElementTree.fromstring(draw_svg(difference(*cells)))
    tips = [
        tuple(map(float, head.get("points", "").split()[0].split(","))) for head in root.iter(SVG + "polygon")
    ]
    (body,) = next(of_class(root, "panel")).findall(f"{SVG}g")
    for disc in body.iter(SVG + "circle"):
        x, y, radius = (float(disc.get(key, "")) for key in ("cx", "cy", "r"))
        assert all(hypot(x - tip[0], y - tip[1]) > radius for tip in tips)


def test_notes_stand_below_labels() -> None:
    panel = Panel("p", (Box("a", "stem", "operation", "16x8x8"),), ())
    (box,) = of_class(ElementTree.fromstring(draw_svg(Outline("t", "s", (panel,)))), "operation")
    label, note = box.iter(SVG + "text")
    assert (label.text, note.text) == ("stem", "16x8x8")
    assert float(label.get("y", "")) + 11 < float(note.get("y", ""))


def test_equal_outlines_give_equal_documents(outline: Outline) -> None:
    assert draw_svg(outline) == draw_svg(Outline(outline.title, outline.stack, outline.panels))
    assert "-0 " not in draw_svg(outline)


def test_markup_in_names_is_text() -> None:
    name = "<script>alert(1)</script> & \"quoted\" 'twice'"
    panel = Panel(name, (Box(name, name, "input"), Box("o", name, "output")), ((name, "o"),))
    text = draw_svg(Outline(name, name, (panel,)))
    root = ElementTree.fromstring(text)
    assert "<script" not in text
    assert list(root.iter(SVG + "script")) == []
    assert [box.get("data-key") for box in of_class(root, "input")] == [name]
    assert texts(root).count(name) == 5  # title, stack, the panel's title, two boxes


@given(name=st.text(st.characters(codec="utf-8"), max_size=12))
def test_any_name_gives_a_document_that_parses(name: str) -> None:
    boxes = (Box("i" + name, name, "input"), Box("o" + name, name, "output"))
    text = draw_svg(Outline(name, name, (Panel(name, boxes, ((boxes[0].key, boxes[1].key),)),)))
    assert len(list(of_class(ElementTree.fromstring(text), "input", "output"))) == 2


def test_panels_stand_side_by_side_until_the_row_is_full(random_cell: Callable[[int, int], Panel]) -> None:
    def corners(*blocks: int) -> list[tuple[float, float]]:
        panels = tuple(random_cell(seed, number) for seed, number in enumerate(blocks))
        root = ElementTree.fromstring(draw_svg(Outline("t", "s", panels)))
        places = [
            panel.get("transform", "")[len("translate(") : -1].split() for panel in of_class(root, "panel")
        ]
        return [(float(x), float(y)) for x, y in places]

    beside = corners(1, 1)
    assert beside[0][1] == beside[1][1]
    assert beside[0][0] < beside[1][0]
    below = corners(5, 5)
    assert below[0][0] == below[1][0]
    assert below[0][1] < below[1][1]


def test_an_outline_without_panels_still_has_its_title() -> None:
    assert texts(ElementTree.fromstring(draw_svg(Outline("nothing yet", "", ())))) == ["nothing yet"]
