"""The mobile space: the stages of MobileNetV2, each with its own kind of block. Tan et al. 2019, section 4.1 (MnasNet).

For each of the seven stages:

    block           conv: act(norm(conv(x))); separable: norm(conv1x1(act(norm(depthwise(x))))); or inverted: the
                    separable one behind act(norm(conv1x1(x))), which makes it wider inside
    kernel          of its spatial convolution
    expansion       of an inverted residual: how many times wider it is inside
    squeeze_excite  whether channels are scaled; the gate's middle is a quarter of the block's input, of a plain
                    convolution's output
    skip            what is added to the block's output, where the shapes allow it: nothing, its input, its pooled input
    layers          how many blocks more or less than MobileNetV2 has, at least one
    width           how many times the channels of MobileNetV2

The first block of a stage has the stage's stride and changes the width. `search_spaces.spaces.mobile_blocks` builds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Annotated, ClassVar, NamedTuple

from annotated_types import Ge, Le

from search_spaces.architecture import Architecture
from search_spaces.assembly import Assembler
from search_spaces.cheapest import cheapest_combinations
from search_spaces.graph import Shape, Value
from search_spaces.network import check_size
from search_spaces.operations.convolution import conv_norm_act
from search_spaces.outline import Box, Outline, Panel
from search_spaces.space import Decision
from search_spaces.spaces.mobile_blocks import KINDS, SKIPS, MobileBlock, add_block, head
from search_spaces.styled import StyledSpace


class Stage(NamedTuple):
    """One row of the table."""

    channels: int
    layers: int
    stride: int


STEM, HEAD = 32, 1280
"""Channels of the convolutions before and after the stages."""
STAGES = (
    Stage(16, 1, 1),
    Stage(24, 2, 2),
    Stage(32, 3, 2),
    Stage(64, 4, 2),
    Stage(96, 3, 1),
    Stage(160, 3, 2),
    Stage(320, 1, 1),
)
"""Sandler et al. 2018, table 2 (MobileNetV2)."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "block": tuple(KINDS),
    "kernel": ("3", "5"),
    "expansion": ("3", "6"),
    "squeeze_excite": ("0", "0.25"),
    "skip": tuple(SKIPS),
    "layers": ("-1", "0", "1"),
    "width": ("0.75", "1", "1.25"),
}
"""What each stage decides, the kind first. Tan et al. 2019, section 4.1; the expansions are those of its figure 7."""


@dataclass(frozen=True)
class MobileSpace(StyledSpace):
    """Stages of mobile blocks, each with its own kind.

    The published networks have ReLU6 where this one has the `activation`.
    """

    name: ClassVar[str] = "mobile"

    multiplier: Annotated[float, Ge(0.125), Le(4.0)] = 0.5
    """Of all numbers of channels [0.35-1.4 in MobileNetV2]."""
    reductions: Annotated[int, Ge(0), Le(5)] = 3
    """How many of the five strides of two there are, the last ones [3 for 32x32 pictures, 5 in the paper]."""

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """Those of each stage after those of the one before."""
        return tuple(
            Decision(f"stage{stage}.{name}", options)
            for stage in range(len(STAGES))
            for name, options in CHOICES.items()
        )

    def stages(self, architecture: Architecture) -> tuple[tuple[MobileBlock, ...], ...]:
        """Returns the blocks of each stage, without what is chosen and has no effect there."""
        chosen = list(self.describe(architecture).values())
        runs = [chosen[start : start + len(CHOICES)] for start in range(0, len(chosen), len(CHOICES))]
        stages, channels = [], self._channels(STEM)
        for stage, stride, run in zip(STAGES, self._strides[1:], runs, strict=True):
            blocks = tuple(self._blocks(stage, stride, channels, dict(zip(CHOICES, run, strict=True))))
            stages.append(blocks)
            channels = blocks[-1].channels
        return tuple(stages)

    def assemble(self, g: Assembler, architecture: Architecture, classes: int) -> Value:
        """Adds the network; raises `SpaceError` where the picture is too small for the reductions."""
        check_size(g.image.shape, g.image.shape, self.reductions)
        x = g.part("stem", conv_norm_act, g.image, self._channels(STEM), kernel=3, stride=self._strides[0])
        for number, blocks in enumerate(self.stages(architecture)):
            with g.scope(f"stage{number}"):
                for index, block in enumerate(blocks):
                    x = g.part(f"block{index}", add_block, x, block)
        return g.part("head", head, x, self._channels(HEAD), classes)

    def outline(self, architecture: Architecture) -> Outline:
        """Returns a box for each run of equal blocks."""
        boxes = [Box("picture", "picture", "input")]
        for number, blocks in enumerate(self.stages(architecture)):
            counts = {block: blocks.count(block) for block in blocks}
            for block, count in counts.items():
                label = f"{count} x {block}" if count > 1 else str(block)
                note = f"{block.channels} channels"
                boxes.append(Box(f"stage{number}.block{blocks.index(block)}", label, "operation", note))
        boxes.append(Box("classes", "classes", "output"))
        arrows = tuple((one.key, other.key) for one, other in pairwise(boxes))
        stack = f"stem ({self._channels(STEM)} channels) → stages → head ({self._channels(HEAD)} channels)"
        return Outline(str(architecture), f"{stack} → classifier", (Panel("Stages", tuple(boxes), arrows),))

    def cheapest(self, image: Shape, classes: int) -> Iterator[Architecture]:
        """Yields for each measure the cheapest: the kind of block that costs least in its stage, the least of the rest.

        Of everything but the kinds the first option never costs more: fewer blocks and channels, a smaller kernel,
        no gate, nothing to add. With those fixed, each stage adds to the cost on its own.
        """
        decisions = range(len(self.decisions))
        kinds = {place: range(len(KINDS)) for place in decisions[:: len(CHOICES)]}

        def architecture(chosen: Mapping[int, int]) -> Architecture:
            return self.architecture([chosen.get(place, 0) for place in decisions])

        yield from cheapest_combinations(kinds, architecture, lambda one: self.price(one, image, classes))

    @property
    def _strides(self) -> tuple[int, ...]:
        """Of the stem and the stages."""
        strides = [2, *(stage.stride for stage in STAGES)]
        halving = [place for place, stride in enumerate(strides) if stride == 2]
        for place in halving[: len(halving) - self.reductions]:
            strides[place] = 1
        return tuple(strides)

    def _channels(self, channels: float) -> int:
        return round(self.multiplier * channels)

    def _blocks(
        self, stage: Stage, stride: int, channels: int, chosen: Mapping[str, str]
    ) -> Iterator[MobileBlock]:
        """Yields the blocks of a stage after a value of so many channels."""
        width = self._channels(float(chosen["width"]) * stage.channels)
        for index in range(max(1, stage.layers + int(chosen["layers"]))):
            yield MobileBlock.effective(
                chosen["block"],
                chosen["skip"],
                kernel=int(chosen["kernel"]),
                expansion=int(chosen["expansion"]),
                is_excited=float(chosen["squeeze_excite"]) > 0,
                channels_in=width if index else channels,
                channels_out=width,
                stride=1 if index else stride,
            )
