"""What is built from a graph: names, weights, values, and that torch can export it."""

import copy
import math
import pickle
from random import Random

import pytest
import torch
from torch import nn

from search_spaces.build import FORMULAS, build_module
from search_spaces.errors import SpaceError
from search_spaces.graph import GraphBuilder
from search_spaces.layers import Add, Complement, Concat, Layer, Multiply, Rescale, Scale, Slice, Zero
from search_spaces.registry import build_space

IMAGE = (3, 12, 12)


@pytest.fixture(scope="module")
def graph():
    space = build_space("cell", cells_per_stage=1)
    return space.network(space.random(Random(5)), IMAGE, 10)


@pytest.fixture
def network(graph):
    torch.manual_seed(0)
    return build_module(graph)


def test_weights_are_called_after_their_nodes(graph, network):
    weights = {key.rpartition(".")[0] for key in network.state_dict()}
    assert weights == {node.name for node in graph.nodes if node.layer.parameters()}
    modules = {name for name, module in network.named_modules() if not list(module.children())}
    assert modules == {node.name for node in graph.nodes if node.layer.formula is None}


def test_every_value_has_the_shape_that_was_inferred(graph, network):
    shapes = {}
    for name, module in network.named_modules():
        module.register_forward_hook(lambda _m, _i, output, name=name: shapes.update({name: output.shape}))
    network.eval()(torch.zeros(2, *IMAGE))
    for node in graph.nodes:
        if node.layer.formula is None:
            assert math.prod(shapes[node.name]) == 2 * math.prod(node.shape)
            assert shapes[node.name][1] == node.shape[0]


@pytest.mark.parametrize(
    ("layer", "written"),
    [
        (Add(), "{0} + {1}"),
        (Concat(), "torch.cat([{all}], dim=1)"),
        (Scale(), "{0} * {1}"),
        (Multiply(), "{0} * {1}"),
        (Complement(), "1 - {0}"),
        (Rescale(0.25), "0.25 * {0}"),
        (Slice(1, 3), "{0}[:, 1:3]"),
        (Zero(), "torch.zeros_like({0})"),
    ],
)
def test_formulas_compute_what_they_say(layer: Layer, written):
    one, other = torch.rand(2, 3, 4, 4), torch.rand(2, 3, 1, 1)
    other = other if isinstance(layer, Scale) else other.expand_as(one)
    names = {"a": one, "b": other, "torch": torch}
    inputs = (one, other) if "{1}" in written or "{all}" in written else (one,)
    result = FORMULAS[type(layer)](layer, *inputs)
    assert layer.formula == written
    assert result.equal(eval(written.format("a", "b", all="a, b"), names))
    assert result.shape[1:] == layer.output_shape(*[tuple(value.shape[1:]) for value in inputs])


def test_a_graph_is_run_as_drawn():
    g = GraphBuilder((1, 2, 2))
    x = g.relu(g.image)
    graph = g.finish(g.add(g.add(x, g.image), g.shift(x)))
    pictures = torch.tensor([[[[1.0, -2.0], [3.0, 4.0]]]])
    assert build_module(graph)(pictures).tolist() == [[[[1 + 1 + 4, -2.0], [6.0, 8.0]]]]


def test_values_are_let_go_after_their_last_use(network):
    gone = [i for step in network.steps for i in step.finished]
    assert len(gone) == len(set(gone)) == len(network.steps)  # the picture and all but the logits


def test_one_seed_gives_one_network(graph):
    torch.manual_seed(3)
    one = build_module(graph)
    torch.manual_seed(3)
    other = build_module(graph)
    pictures = torch.rand(2, *IMAGE)
    assert one(pictures).equal(other(pictures))


def test_weights_start_as_he_et_al_say():
    g = GraphBuilder((64, 8, 8))
    x = g.conv(g.image, 64, kernel=3, bias=True)
    depthwise = g.conv(x, 64, kernel=5, groups=64)
    graph = g.finish(g.classifier(g.norm(depthwise), classes=100))
    torch.manual_seed(0)
    plain, grouped, norm, linear = (m for m in build_module(graph).modules() if hasattr(m, "weight"))
    assert plain.weight.std().item() == pytest.approx(math.sqrt(2 / (64 * 9)), rel=0.05)
    assert grouped.weight.std().item() == pytest.approx(math.sqrt(2 / 25), rel=0.05)
    assert linear.weight.std().item() == pytest.approx(math.sqrt(1 / 64), rel=0.05)
    assert not plain.bias.any()
    assert not linear.bias.any()
    assert norm.weight.eq(1).all()


def test_signal_and_gradient_keep_their_size_through_a_deep_network():
    space = build_space("cell", operations="conv_3x3,residual_basic,sep_conv_3x3", cells_per_stage=3)
    torch.manual_seed(0)
    network = build_module(space.network(space.random(Random(1)), (3, 32, 32), 10))
    logits = network(torch.randn(16, 3, 32, 32))
    nn.functional.cross_entropy(logits, torch.arange(16) % 10).backward()
    assert 0.1 < logits.std().item() < 10
    assert all(weight.grad.isfinite().all() for weight in network.parameters())


def test_copies_and_pickles_compute_alike_and_alone(network):
    pictures = torch.rand(2, *IMAGE)
    expected = network.eval()(pictures)
    for twin in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):  # noqa: S301 -- our own
        assert twin(pictures).equal(expected)
        nn.init.zeros_(next(twin.parameters()))
        assert not twin(pictures).equal(expected)
        assert network(pictures).equal(expected)


def test_torch_exports_it_for_any_batch(network):
    pictures = torch.rand(2, *IMAGE)
    batch = torch.export.Dim("batch", min=1, max=64)
    program = torch.export.export(network.eval(), (pictures,), dynamic_shapes=({0: batch},))
    more = torch.rand(5, *IMAGE)
    assert program.module()(more).allclose(network(more), atol=1e-6)


def test_layouts_and_precisions_do_not_matter(network):
    pictures = torch.rand(4, *IMAGE)
    expected = network.eval()(pictures)
    last = network.to(memory_format=torch.channels_last)(pictures.to(memory_format=torch.channels_last))
    assert last.allclose(expected, atol=1e-4)
    with torch.autocast("cpu", torch.bfloat16):
        rough = network(pictures)
    assert rough.float().allclose(expected, atol=0.1 * expected.abs().max().item())


def test_a_part_that_torch_has_no_room_for_is_named():
    g = GraphBuilder((1, 2, 2))
    with g.scope("half"):
        x = g.relu(g.image)
    with pytest.raises(
        SpaceError, match="graph part 'half': every torch module has a 'half'; choose another name"
    ):
        build_module(g.finish(x))


def test_a_bias_starts_where_its_layer_says():
    g = GraphBuilder((1, 2, 2))
    plain = g.conv(g.image, 2, kernel=1, bias=True)
    gate = g.conv(plain, 2, kernel=1, bias=True, bias_start=-1.5)
    state = build_module(g.finish(gate)).state_dict()
    assert state["0.bias"].tolist() == [0.0, 0.0]
    assert state["1.bias"].tolist() == [-1.5, -1.5]
