"""Source written from a graph computes what the graph computes, with the same weights, and reads as if by hand."""

import subprocess
import sys
from collections.abc import Callable
from random import Random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from nas.export.source import network_source
from search_spaces.build import build_module
from search_spaces.graph import Graph, GraphBuilder, Value
from search_spaces.operations import BUILT_IN, find_operations
from search_spaces.registry import build_space, space_names

MEAN, STD = (120.0, 110.0, 100.0), (60.0, 61.0, 62.0)
HEADER = f"import torch\nfrom torch import Tensor, nn\n\nMEAN = {MEAN}\nSTD = {STD}\n\n\n"


def network_from(source: str) -> nn.Module:
    names: dict[str, Callable[[], nn.Module]] = {}
    exec(HEADER + source, names)
    return names["Network"]()


def assert_same_function(graph: Graph) -> str:
    """Checks that the written network equals the built one bit for bit, and returns the source."""
    source = network_source(graph)
    built, written = build_module(graph).eval(), network_from(source).eval()
    written.load_state_dict(built.state_dict(), strict=True)
    pixels = torch.randint(0, 256, (3, *graph.image), generator=torch.Generator().manual_seed(1)).float()
    normalised = (pixels - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    with torch.inference_mode():
        assert torch.equal(written(pixels), built(normalised))
    return source


def assert_formatted(source: str) -> None:
    command = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--isolated",
        "--check",
        "--diff",
        "--line-length",
        "100",
        "-",
    ]
    done = subprocess.run(command, input=HEADER + source + "\n", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def classify(g: GraphBuilder, x: Value) -> Graph:
    with g.scope("head"):
        return g.finish(g.classifier(g.relu(x), classes=4))


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("operation", find_operations(BUILT_IN), ids=lambda operation: operation.name)
def test_every_operation_is_written_as_it_is_built(operation, stride: int) -> None:
    g = GraphBuilder((3, 9, 8))
    with g.scope("stem"):
        x = g.norm(g.conv(g.image, 8, kernel=3))
    with g.scope("block"):
        x = operation.build(g, x, 8 * stride, stride=stride)
    source = assert_same_function(classify(g, x))
    assert_formatted(source)


def random_graph(seed: int) -> Graph:
    """Parts within parts, with several values going into and coming out of them."""
    rng = Random(seed)
    g = GraphBuilder((3, 8, 8))

    def grow(values: list[Value], depth: int) -> list[Value]:
        values = list(values)
        for number in range(rng.randint(1, 4)):
            left, right = rng.choice(values), rng.choice(values)
            choice = rng.randrange(6)
            if choice == 0 and depth < 3:
                with g.scope(f"part{number}_inner"):
                    values += grow(rng.sample(values, rng.randint(1, len(values))), depth + 1)
            elif choice == 1:
                values.append(g.add(left, right))
            elif choice == 2:
                values.append(g.scale(left, g.sigmoid(g.global_average(right))))
            elif choice == 3:
                joined = g.concat([left, right, rng.choice(values)])
                values.append(g.conv(joined, 4, kernel=1))
            else:
                with g.scope(f"chain{number}"):
                    values.append(g.norm(g.conv(g.relu(left), 4, kernel=3)))
        return values

    with g.scope("stem"):
        start = g.conv(g.image, 4, kernel=1)
    return classify(g, g.concat(grow([start], 0)[-4:]))


@given(seed=st.integers(0, 10**9))
@settings(max_examples=40, deadline=None)
def test_any_graph_is_written_as_it_is_built(seed: int) -> None:
    source = assert_same_function(random_graph(seed))
    assert max(map(len, source.splitlines())) <= 100


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", space_names())
def test_networks_of_every_space_are_written_as_they_are_built(name: str, seed: int) -> None:
    space = build_space(name).fitted((3, 32, 32), 10)
    source = assert_same_function(space.network(space.random(Random(seed)), (3, 32, 32), 10))
    assert max(map(len, source.splitlines())) <= 100
    assert_formatted(source)


def test_a_network_without_parts_is_one_sequential() -> None:
    g = GraphBuilder((3, 8, 8))
    source = assert_same_function(g.finish(g.classifier(g.relu(g.conv(g.image, 4, kernel=3)), classes=4)))
    assert "class Network(nn.Sequential):" in source
    assert_formatted(source)


def test_equal_parts_share_a_class_and_others_do_not() -> None:
    g = GraphBuilder((3, 8, 8))
    x = g.conv(g.image, 8, kernel=1)
    (residual,) = find_operations(["residual_basic"])
    for number, channels in enumerate((8, 8, 8, 16)):
        with g.scope(f"block{number}"):
            x = residual.build(g, x, channels, stride=1)
    source = assert_same_function(classify(g, x))
    assert source.count("class Block") == 2
    assert source.count(" = Block()") == 3
    assert source.count(" = Block2()") == 1


def test_the_source_of_a_residual_network_reads_like_this() -> None:
    g = GraphBuilder((3, 8, 8))
    with g.scope("stem"):
        x = g.norm(g.conv(g.image, 8, kernel=3))
    with g.scope("block0"):
        (residual,) = find_operations(["residual_basic"])
        x = residual.build(g, x, 8, stride=1)
    assert network_source(classify(g, x)) == EXPECTED


EXPECTED = '''\
class Block(nn.Module):
    """(8, 8, 8) -> (8, 8, 8)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(8, 8, 3, padding=1, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Conv2d(8, 8, 3, padding=1, bias=False),
            nn.BatchNorm2d(8),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


class Network(nn.Module):
    """Pixels from 0 to 255, (N, 3, 8, 8) -> logits, (N, 4)."""

    pixel_mean: Tensor
    pixel_std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8))
        self.block0 = Block()
        self.head = nn.Sequential(nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4))
        shape = (len(MEAN), 1, 1)
        self.register_buffer("pixel_mean", torch.tensor(MEAN).view(shape), persistent=False)
        self.register_buffer("pixel_std", torch.tensor(STD).view(shape), persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        x = (pixels - self.pixel_mean) / self.pixel_std
        stem = self.stem(x)
        block0 = self.block0(stem)
        return self.head(block0)'''


def test_a_part_named_like_an_argument_does_not_hide_it() -> None:
    g = GraphBuilder((3, 8, 8))
    start = g.conv(g.image, 4, kernel=1)
    with g.scope("outer"):
        with g.scope("x"):
            first = g.relu(start)
        with g.scope("x_"):
            second = g.sigmoid(start)
        with g.scope("torch"):
            third = g.relu(g.sigmoid(start))
        joined = g.concat([first, second, third, first, second, third, start])
    source = assert_same_function(classify(g, joined))
    assert "torch_ = self.torch(x)" in source


def test_long_statements_are_broken() -> None:
    g = GraphBuilder((3, 8, 8))
    start = g.conv(g.image, 4, kernel=1)
    values = [start]
    for number in range(20):
        with g.scope(f"quite_a_long_name_{number}"):
            values.append(g.add(g.relu(start), values[-1]))
    source = assert_same_function(classify(g, g.concat(values)))
    assert max(map(len, source.splitlines())) <= 100


def test_gradients_flow_so_that_the_network_can_be_trained_on() -> None:
    g = GraphBuilder((3, 8, 8))
    graph = classify(g, g.norm(g.conv(g.image, 4, kernel=3)))
    network = network_from(network_source(graph))
    loss: Tensor = network(torch.rand(4, 3, 8, 8)).sum()
    loss.backward()
    assert all(parameter.grad is not None for parameter in network.parameters())
