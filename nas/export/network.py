"""The trained network as it is handed over: from pixels to logits, and the same with batch normalisation folded in."""

from collections.abc import Sequence

import torch
from safetensors.torch import load
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from nas.errors import ExportError
from nas.export.bundle import ExportBundle
from search_spaces.build import build_module


class PixelNetwork(nn.Module):
    """A network with its normalisation: pixels from 0 to 255, float32 (N, C, H, W), to logits (N, classes)."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(-1, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, classes)."""
        logits: Tensor = self.network((pixels - self.mean) / self.std)
        return logits


def trained_network(bundle: ExportBundle) -> PixelNetwork:
    """Returns the network with its trained weights, ready to classify; raises `ExportError` where they do not fit."""
    network = build_module(bundle.graph)
    try:
        network.load_state_dict(load(bundle.training.weights))
    except RuntimeError as error:
        raise ExportError(
            f"trial {bundle.trial.number} of search {bundle.search.name!r}: the stored weights do not fit its network; "
            f"train it again ({error})"
        ) from error
    return PixelNetwork(network, bundle.data.mean, bundle.data.std).eval()


def fold_batch_norm(network: nn.Module) -> fx.GraphModule:
    """Returns the network, in evaluation mode, with each batch normalisation merged into the convolution before it.

    At test time both are linear maps (Jacob et al. 2018, section 3.2). One that follows anything else, such as the
    concatenation of a factorised reduction, stays.
    """
    folded = fx.symbolic_trace(network)
    for node in folded.graph.nodes:
        norm = _module(folded, node)
        if not isinstance(norm, nn.BatchNorm2d):
            continue
        (source,) = node.all_input_nodes
        conv = _module(folded, source)
        if isinstance(conv, nn.Conv2d) and len(source.users) == 1:
            folded.set_submodule(str(source.target), fuse_conv_bn_eval(conv, norm))
            node.replace_all_uses_with(source)
            folded.graph.erase_node(node)
    folded.delete_all_unused_submodules()
    folded.recompile()
    return folded


def _module(network: fx.GraphModule, node: fx.Node) -> nn.Module | None:
    """Returns the module that a step calls, if it calls one."""
    return network.get_submodule(str(node.target)) if node.op == "call_module" else None
