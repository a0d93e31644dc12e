"""SVG documents: complete, well-formed whatever the names are, and the same every time."""

from collections.abc import Callable, Iterator
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

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
