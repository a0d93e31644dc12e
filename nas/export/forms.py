"""The forms in which a network is handed over, but for its source: programs for two runtimes, weights, and JSON.

| file                | needs       | holds                                                             |
|---------------------|-------------|-------------------------------------------------------------------|
| model.onnx          | onnxruntime | the network, batch normalisation folded in, any number of pictures |
| model.pt2           | torch       | the same as a `torch.export` program                              |
| weights.safetensors | model.py    | the weights as trained, nothing folded: they can be trained on    |
| architecture.json   | -           | the choices that made the network, and how to read its pictures   |
"""

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn
from torch.export import Dim, ExportedProgram

from nas.export.bundle import ExportBundle
from nas.export.network import fold_batch_norm
from search_spaces.graph import Shape

REGISTRATION_LOGGER = "torch.onnx._internal.exporter._registration"


def write_programs(directory: Path, bundle: ExportBundle, network: nn.Module) -> None:
    """Writes `model.pt2` and `model.onnx` of a `PixelNetwork`; the batch dimension is free in both."""
    with _quiet():
        program = _export(fold_batch_norm(network), bundle.data.image)
        torch.export.save(program, directory / "model.pt2")
        onnx = torch.onnx.export(
            program,
            input_names=["pixels"],
            output_names=["logits"],
            dynamic_shapes=({0: "batch"},),
            verbose=False,
        )
    assert onnx is not None  # only an export to a file returns nothing
    onnx.model.metadata_props["classes"] = json.dumps(bundle.data.classes)
    onnx.save(directory / "model.onnx", external_data=False)


def write_weights(directory: Path, bundle: ExportBundle) -> None:
    """Writes `weights.safetensors`, keyed by the names of the graph's nodes, and `architecture.json`."""
    (directory / "weights.safetensors").write_bytes(bundle.training.weights)
    text = json.dumps(architecture_record(bundle), indent=2, ensure_ascii=False, allow_nan=False)
    (directory / "architecture.json").write_text(text + "\n", encoding="utf-8")


def architecture_record(bundle: ExportBundle) -> dict[str, object]:
    """Returns what `architecture.json` holds: `build_space(space, **settings)` and the tokens give the network."""
    architecture, space = bundle.trial.architecture, bundle.space
    return {
        "space": space.name,
        "settings": dict(space.settings),
        "tokens": list(architecture.tokens),
        "decisions": space.describe(architecture),
        "image": {"shape": list(bundle.data.image), "colours": bundle.colours, "range": [0, 255]},
        "mean": list(bundle.data.mean),
        "std": list(bundle.data.std),
        "classes": list(bundle.data.classes),
        "parameters": bundle.training.parameters,
        "multiply_adds": bundle.training.multiply_adds,
    }


def _export(network: nn.Module, image: Shape) -> ExportedProgram:
    example = torch.zeros(2, *image)  # not 1, which torch.export would take for a constant
    program = torch.export.export(network, (example,), dynamic_shapes=({0: Dim("batch", min=1)},))
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # file names of this machine are no part of the hand-over
    return program


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps back what torch's exporter says about itself: a deprecation within it, and that torchvision is absent."""
    logger = logging.getLogger(REGISTRATION_LOGGER)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", r"`isinstance\(treespec, LeafSpec\)` is deprecated", FutureWarning
            )
            yield
    finally:
        logger.setLevel(level)
