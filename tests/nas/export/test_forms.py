"""The programs, the weights and the JSON, read by the tools they are meant for."""

import json
import logging
import zipfile
from collections import Counter

import onnxruntime
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from nas.export.bundle import ExportBundle, ExportReport
from nas.export.forms import REGISTRATION_LOGGER
from nas.export.network import PixelNetwork, fold_batch_norm
from search_spaces.build import build_module
from search_spaces.graph import Graph, GraphBuilder
from search_spaces.layers import BatchNorm, Conv
from search_spaces.operations import BUILT_IN, find_operations
from search_spaces.registry import build_space


def settled(network: nn.Module, image: tuple[int, ...]) -> nn.Module:
    """Returns the network with statistics of batch normalisation that are not those it was born with."""
    torch.manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 2.0)
            nn.init.uniform_(module.bias, -1.0, 1.0)
    network(torch.randn(16, *image))
    return network.eval()


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("operation", find_operations(BUILT_IN), ids=lambda operation: operation.name)
def test_folding_batch_normalisation_changes_nothing(operation, stride: int) -> None:
    g = GraphBuilder((3, 9, 8))
    with g.scope("stem"):
        x = g.norm(g.conv(g.image, 8, kernel=3))
    with g.scope("block"):
        x = operation.build(g, x, 8 * stride, stride=stride)
    with g.scope("head"):
        graph = g.finish(g.classifier(g.relu(x), classes=4))
    network = settled(build_module(graph), graph.image)
    folded = fold_batch_norm(network)
    pictures = torch.randn(4, *graph.image)
    torch.testing.assert_close(folded(pictures), network(pictures), rtol=1e-4, atol=1e-5)
    left = sum(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    assert left == behind_no_convolution(graph)


def behind_no_convolution(graph: Graph) -> int:
    """Returns how many batch normalisations have more before them than a convolution that feeds nothing else."""
    uses = Counter(i for node in graph.nodes for i in node.inputs)

    def is_linear(index: int) -> bool:
        """Whether the node can be one convolution: it is one, or a normalisation of one that it alone reads."""
        node = graph.nodes[index]
        return isinstance(node.layer, Conv) or (
            isinstance(node.layer, BatchNorm) and uses[node.inputs[0]] == 1 and is_linear(node.inputs[0])
        )

    return sum(
        isinstance(node.layer, BatchNorm) and not is_linear(index) for index, node in enumerate(graph.nodes)
    )


def test_batch_normalisation_stays_where_the_convolution_has_another_reader() -> None:
    g = GraphBuilder((3, 8, 8))
    convolved = g.conv(g.image, 4, kernel=3)
    graph = g.finish(g.classifier(g.add(convolved, g.norm(convolved)), classes=4))
    network = settled(build_module(graph), graph.image)
    folded = fold_batch_norm(network)
    pictures = torch.randn(4, *graph.image)
    torch.testing.assert_close(folded(pictures), network(pictures))
    assert any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())


def test_the_network_normalises_its_pixels(bundle: ExportBundle) -> None:
    mean, std = bundle.data.mean[0], bundle.data.std[0]
    network = PixelNetwork(nn.Identity(), [mean], [std])
    assert network(torch.full((1, 1, 2, 2), mean + 2 * std)).flatten().tolist() == pytest.approx([2.0] * 4)


def test_the_onnx_file_says_what_it_takes_gives_and_means(export: ExportReport, bundle: ExportBundle) -> None:
    session = onnxruntime.InferenceSession(
        export.directory / "model.onnx", providers=["CPUExecutionProvider"]
    )
    (pixels,), (logits,) = session.get_inputs(), session.get_outputs()
    assert (pixels.name, pixels.type, pixels.shape) == ("pixels", "tensor(float)", ["batch", 1, 8, 8])
    assert (logits.name, logits.shape) == ("logits", ["batch", 10])
    classes = json.loads(session.get_modelmeta().custom_metadata_map["classes"])
    assert classes == list(bundle.data.classes)


def test_the_programs_stand_alone_in_one_file_each(export: ExportReport) -> None:
    assert zipfile.is_zipfile(export.directory / "model.pt2")
    assert not list(export.directory.glob("*.data"))


def test_the_weights_are_as_trained_so_that_they_can_be_trained_on(
    export: ExportReport, bundle: ExportBundle
) -> None:
    weights = load_file(export.directory / "weights.safetensors")
    network = build_module(bundle.graph)
    network.load_state_dict(weights, strict=True)
    assert (export.directory / "weights.safetensors").read_bytes() == bundle.training.weights


def test_architecture_json_gives_the_network_again(export: ExportReport, bundle: ExportBundle) -> None:
    record = json.loads((export.directory / "architecture.json").read_text())
    space = build_space(record["space"], **record["settings"])
    architecture = space.architecture(record["tokens"])
    assert (
        space.network(architecture, tuple(record["image"]["shape"]), len(record["classes"])) == bundle.graph
    )
    assert record["decisions"] == bundle.space.describe(bundle.trial.architecture)
    assert (record["mean"], record["std"]) == (list(bundle.data.mean), list(bundle.data.std))


def test_exporting_says_nothing(first_export) -> None:
    assert (first_export.printed, first_export.logged) == ("", [])
    assert logging.getLogger(REGISTRATION_LOGGER).level == logging.NOTSET
