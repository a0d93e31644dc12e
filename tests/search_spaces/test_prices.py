"""Over 500 random architectures of each space: what is priced is what is counted once the network is built."""

import re
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from search_spaces.architecture import Architecture
from search_spaces.build import Network, Step
from search_spaces.complexity import BYTES_PER_NUMBER, Cost, cost
from search_spaces.errors import SpaceError
from search_spaces.graph import Graph
from search_spaces.registry import SPACES, build_space
from search_spaces.space import Space

IMAGE, CLASSES, SAMPLES = (3, 16, 16), 7, 500
DEVICES = {"reference": "meta"}
"""Where networks are built: large ones without memory for their weights, small ones where they run faster."""
SETTINGS = {
    "cell": {"operations": "all", "blocks": 2, "cells_per_stage": 1, "reductions": 1, "filters": 8},
    "nasnet": {"blocks": 3, "cells_per_stage": 1, "reductions": 1, "filters": 8},
    "macro": {"layers": 5, "strides": True},
    "mobile": {"multiplier": 0.25},
    "nasbench201": {"cells_per_stage": 1},
}
"""Small enough that all are built in little time; the others are as they come."""


def small(name: str) -> Space:
    return build_space(name, **SETTINGS.get(name, {})).fitted(IMAGE, CLASSES)


def drawn(space: Space) -> Iterator[Architecture]:
    """All architectures of a space of no more than `SAMPLES`, else as many drawn at random."""
    rng = Random(space.name)
    yield from space.enumerate() if space.size <= SAMPLES else (space.random(rng) for _ in range(SAMPLES))


def recorded(step: Step, outputs: list[Tensor]) -> Step:
    """The same step, which also appends what comes out."""

    def run(*inputs: Tensor) -> Tensor:
        outputs.append(step.run(*inputs))
        return outputs[-1]

    return replace(step, run=run)


def counted(graph: Graph, device: str) -> Cost:
    """What torch counts while the network runs."""
    outputs: list[Tensor] = []
    with torch.device(device):
        network = Network(graph).eval()
        pictures = torch.zeros(1, *graph.image)
    network.steps = [recorded(step, outputs) for step in network.steps]
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(pictures)
    return Cost(
        sum(weight.numel() for weight in network.parameters()),
        counter.get_total_flops() // 2,
        BYTES_PER_NUMBER * sum(output.numel() for output in outputs),
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", SPACES)
def test_the_price_is_what_is_counted_in_the_built_network(name):
    space = small(name)
    for architecture in drawn(space):
        graph = space.network(architecture, IMAGE, CLASSES)
        built = counted(graph, DEVICES.get(name, "cpu"))
        assert space.price(architecture, IMAGE, CLASSES) == cost(graph) == built, architecture


@pytest.mark.parametrize("name", SPACES)
def test_architectures_come_back_from_text_and_json(name):
    space = build_space(name)
    for architecture in drawn(space):
        assert Architecture.parse(str(architecture)) == architecture
        assert Architecture.from_json(architecture.to_json()) == architecture
        assert space.architecture(architecture.tokens) == architecture


@pytest.mark.parametrize("name", SPACES)
def test_wrong_tokens_name_the_decision_and_the_range(name):
    space = build_space(name)
    tokens, last = space.random(Random(0)).tokens, space.decisions[-1]
    with pytest.raises(SpaceError, match=f"expected {len(tokens)} tokens, got {len(tokens) + 1}"):
        space.architecture((*tokens, 0))
    too_large = len(last.options)
    message = f"decision '{last.name}': token {too_large} is not one of 0..{too_large - 1}"
    with pytest.raises(SpaceError, match=re.escape(message)):
        space.architecture((*tokens[:-1], too_large))
