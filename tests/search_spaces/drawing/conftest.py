"""Panels to draw: a cell as it comes out of a search, and random ones of any number of blocks."""

from collections.abc import Callable
from random import Random

import pytest

from search_spaces.outline import Box, Outline, Panel

OPERATIONS = ("identity", "sep_conv_5x5", "max_pool_3x3", "residual_bottleneck", "squeeze_excite", "conv_1x1")
Choice = tuple[str, str]


def build_cell(blocks: list[tuple[Choice, Choice]], title: str = "Normal cell") -> Panel:
    """Returns the panel of blocks of two (operation, input) each; what nobody uses is concatenated."""
    boxes = [Box("previous", "previous", "input"), Box("current", "current", "input")]
    arrows = []
    for number, block in enumerate(blocks):
        for side, (operation, source) in zip(("left", "right"), block, strict=True):
            boxes.append(Box(f"block{number}.{side}", operation, "operation"))
            arrows += [(source, f"block{number}.{side}"), (f"block{number}.{side}", f"block{number}")]
        boxes.append(Box(f"block{number}", "+", "join"))
    used = {source for block in blocks for _, source in block}
    boxes.append(Box("output", "concatenate", "output"))
    arrows += [(f"block{n}", "output") for n in range(len(blocks)) if f"block{n}" not in used]
    return Panel(title, tuple(boxes), tuple(arrows))


@pytest.fixture(scope="session")
def example() -> Panel:
    """Two blocks on the same two inputs."""
    return build_cell(
        [
            (("sep_conv_3x3", "previous"), ("identity", "current")),
            (("max_pool_3x3", "previous"), ("conv_1x1", "current")),
        ]
    )


@pytest.fixture(scope="session")
def random_cell() -> Callable[[int, int], Panel]:
    """Returns the function (seed, blocks) -> a cell with every choice drawn uniformly."""

    def draw(seed: int, blocks: int) -> Panel:
        rng = Random(seed)

        def choice(number: int) -> Choice:
            sources = ["previous", "current", *(f"block{earlier}" for earlier in range(number))]
            return rng.choice(OPERATIONS), rng.choice(sources)

        return build_cell([(choice(number), choice(number)) for number in range(blocks)])

    return draw


@pytest.fixture(scope="session")
def wide_cell() -> Callable[[int], Panel]:
    """Returns the function blocks -> a cell whose blocks all take its inputs, and so are all concatenated."""

    def draw(blocks: int) -> Panel:
        names = "an_operation_with_a_name_of_forty_letters", "i"
        return build_cell(
            [((names[number % 2], "previous"), ("conv_1x1", "current")) for number in range(blocks)]
        )

    return draw


@pytest.fixture(scope="session")
def outline(example: Panel, random_cell: Callable[[int, int], Panel]) -> Outline:
    return Outline("cell:0.1.2", "stem → 2 × normal → reduction → classifier", (example, random_cell(3, 4)))
