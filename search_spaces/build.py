"""From graph to torch module. The only file of this package that imports torch."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from search_spaces.graph import IMAGE, Graph
from search_spaces.layers import Add, Concat, Scale

FORMULAS: dict[type, Callable[..., Tensor]] = {
    Add: torch.add,
    Concat: lambda *values: torch.cat(values, dim=1),
    Scale: torch.mul,
}
"""What a layer without a torch module computes, for layers with a `formula`."""


class GraphModule(nn.Module):
    """A graph as a module: normalised pictures (B, C, H, W) to logits (B, classes).

    Submodules are nested as the parts of the graph are, so the keys of the state dictionary are the nodes' names.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        last_use = {i: k for k, node in enumerate(graph.nodes) for i in node.inputs}
        self._steps: list[tuple[Callable[..., Tensor], tuple[int, ...], tuple[int, ...]]] = []
        for index, node in enumerate(graph.nodes):
            if node.layer.formula is None:
                call = node.layer.torch_call()
                step = getattr(nn, call.name)(*call.arguments, **dict(call.options))
                self._place(node.scope, node.key, step)
            else:
                step = FORMULAS[type(node.layer)]
            done = tuple(i for i in set(node.inputs) if last_use[i] == index)
            self._steps.append((step, node.inputs, done))

    def _place(self, scope: tuple[str, ...], key: str, module: nn.Module) -> None:
        parent: nn.Module = self
        for name in scope:
            if name not in parent._modules:
                parent.add_module(name, nn.Module())
            parent = parent.get_submodule(name)
        parent.add_module(key, module)

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, classes). A value is let go after its last use."""
        values: dict[int, Tensor] = {IMAGE: images}
        for index, (step, inputs, done) in enumerate(self._steps):
            values[index] = step(*(values[i] for i in inputs))
            for i in done:
                del values[i]
        return values[len(self._steps) - 1]


def build_module(graph: Graph) -> nn.Module:
    """Returns the network with fresh weights: He et al. 2015 for convolutions, torch's defaults elsewhere."""
    module = GraphModule(graph)
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, mode="fan_out", nonlinearity="relu")
            if part.bias is not None:
                nn.init.zeros_(part.bias)
    return module
