"""The committed page and its pictures: up to date, complete, and readable."""

import re
from xml.etree import ElementTree

import pytest

from search_spaces.catalogue import (
    BLOCK_INPUT,
    DIRECTORY,
    PAGE,
    PICTURES,
    blocks,
    files,
    operation_graph,
    write,
)
from search_spaces.complexity import cost
from search_spaces.operations import BUILT_IN, OPERATIONS, find_operations, operation
from search_spaces.reference import NETWORKS

AGAIN = "the page is out of date: run `python -m search_spaces.catalogue`"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def now() -> dict[str, str]:
    return files()


def rows(page: str, section: str) -> dict[str, list[str]]:
    """The rows of the tables of a section: what the first column names -> the other columns."""
    text = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    cells = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {first.strip(" `"): [cell.strip(" `") for cell in others] for first, *others in cells}


def test_the_committed_page_and_pictures_are_those_of_the_code(now):
    committed = [PAGE, *(f"{PICTURES}/{file.name}" for file in (DIRECTORY / PICTURES).iterdir())]
    assert sorted(committed) == sorted(now), AGAIN
    for path, content in now.items():
        assert (DIRECTORY / path).read_text(encoding="utf-8") == content, AGAIN


def test_every_operation_has_its_formula_and_its_costs(now):
    told = rows(now[PAGE], "Operations")
    assert told.keys() == set(BUILT_IN)
    for known in find_operations(BUILT_IN):
        graph = operation_graph(known, stride=1)
        price = [f"{cost(graph).parameters:,}", f"{cost(graph).multiply_adds:,}"] if graph else ["0", "0"]
        assert told[known.name] == [known.formula, *price]
        assert graph is None or graph.output == BLOCK_INPUT


def test_every_hand_designed_network_is_there_as_published(now):
    told = rows(now[PAGE], "Hand-designed networks")
    assert told.keys() == NETWORKS.keys()
    assert told["vgg16"][1:] == ["3x224x224", "1,000", "138,357,544", "15,470.26"]
    assert told["lenet5"][1:] == ["1x32x32", "10", "61,706", "0.42"]


def test_every_space_is_there_with_its_size_and_the_spread_of_its_costs(now):
    told = rows(now[PAGE], "Spaces")
    assert told["toy"][1:3] == ["8", "256"]
    assert told["nasbench201"][1:3] == ["6", "15,625"]
    for name in ("cell", "macro", "mobile", "nasnet"):
        assert told[name][2].startswith("10^")
        for spread in told[name][3:]:
            values = [float(value.replace(",", "")) for value in spread.split(" / ")]
            assert values == sorted(values)
            assert len(values) == 3


def test_every_family_has_a_picture_of_each_of_its_blocks(now):
    sections = re.split(r"^### ", now[PAGE], flags=re.MULTILINE)[1:]
    shown = {section.partition("\n")[0].lower(): section.count("![") for section in sections}
    assert shown.keys() == {known.family for known in find_operations(BUILT_IN)}
    drawn = [block.family for block in blocks() if block.outline]
    assert shown == {family: drawn.count(family) for family in shown}
    assert [family for family in shown if not shown[family]] == ["zero"]
    assert set(re.findall(r"\]\((.*?)\)", now[PAGE])) == now.keys() - {PAGE}


def test_a_picture_shows_the_layers_of_its_operation(now):
    drawing = ElementTree.fromstring(now[f"{PICTURES}/residual_basic.svg"])
    texts = ["".join(text.itertext()) for text in drawing.iter(f"{SVG}text")]
    assert texts.count("ReLU, conv 3x3, BN") == 2
    assert "residual_basic" in texts
    assert "73,984 parameters, 18,874,368 multiply-adds" in texts


def test_what_does_nothing_at_stride_one_is_drawn_at_stride_two():
    titles = {block.operations[0].name: block.outline and block.outline.title for block in blocks()}
    assert titles["identity"] == "identity, stride 2"
    assert titles["conv_1x1"] == "conv_1x1"
    assert titles["zero"] is None


def test_operations_of_one_block_stand_in_the_order_in_which_they_are_written():
    names = [tuple(known.name for known in block.operations) for block in blocks()]
    assert ("conv_1x1", "conv_3x3", "conv_5x5", "conv_7x7") in names
    assert sorted(name for block in names for name in block) == sorted(BUILT_IN)


def test_a_users_own_operation_is_not_on_the_page():
    @operation("mine", family="mine")
    def mine(g, x, channels_out, *, stride):
        """x."""
        return x

    try:
        assert "mine" not in {known.name for block in blocks() for known in block.operations}
    finally:
        del OPERATIONS["mine"]


def test_writing_removes_the_pictures_of_what_is_gone(tmp_path, now):
    (tmp_path / PICTURES).mkdir()
    (tmp_path / PICTURES / "gone.svg").write_text("<svg/>")
    write(tmp_path)
    written = {str(file.relative_to(tmp_path)): file.read_text() for file in tmp_path.rglob("*.*")}
    assert written == now
