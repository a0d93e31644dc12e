"""From a layer graph to a torch module: the only file of this package that knows torch.

The weights of node n are the state dictionary's f"{n.name}.weight", f"{n.name}.bias" and, for batch normalisation,
`running_mean`, `running_var` and `num_batches_tracked`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from search_spaces.errors import SpaceError
from search_spaces.graph import IMAGE, Graph, Node
from search_spaces.layers import Add, Complement, Concat, Conv, Layer, Multiply, Rescale, Scale, Slice, Zero

FORMULAS: Mapping[type, Callable[..., Tensor]] = {
    Add: lambda _, left, right: left + right,
    Complement: lambda _, x: 1 - x,
    Concat: lambda _, *values: torch.cat(values, dim=1),
    Multiply: lambda _, left, right: left * right,
    Rescale: lambda layer, x: layer.factor * x,
    Scale: lambda _, x, gate: x * gate,
    Slice: lambda layer, x: x[:, layer.start : layer.stop],
    Zero: lambda _, x: torch.zeros_like(x),
}
"""What the layers compute that torch has no module for, given the layer and its inputs; the same as their `formula`."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A layer of `FORMULAS`, ready to be called with its inputs; it can be copied and pickled."""

    layer: Layer

    def __call__(self, *values: Tensor) -> Tensor:
        """Computes the layer."""
        return FORMULAS[type(self.layer)](self.layer, *values)


def build_module(graph: Graph) -> nn.Module:
    """Returns the network with fresh weights, drawn from torch's global generator: seed it first.

    It maps normalised pictures, float (B, C, H, W), to logits, (B, classes). Convolutions start as in He et al. 2015,
    section 2.2 (normal, variance 2 / fan-in), the classifier with variance 1 / fan-in, biases at zero or where their
    layer says, normalisation at scale one and shift zero.
    """
    network = Network(graph)
    network.apply(_initialise)
    for node in graph.nodes:
        if isinstance(node.layer, Conv) and node.layer.bias_start:
            nn.init.constant_(network.get_parameter(f"{node.name}.bias"), node.layer.bias_start)
    return network


@dataclass(frozen=True, slots=True)
class Step:
    """One node at work: what to call, the values to call it with, where the result goes, what is no longer needed."""

    run: Callable[..., Tensor]
    inputs: tuple[int, ...]
    output: int
    finished: tuple[int, ...]


class Network(nn.Module):
    """Runs the nodes of a graph in order, each value only as long as some node still needs it.

    The submodules are the layers under their dotted names. They are looked up once: change the graph, not them.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.output = len(graph.nodes) - 1
        last_use = {i: index for index, node in enumerate(graph.nodes) for i in node.inputs}
        self.steps = [
            Step(
                run=self._callable(node),
                inputs=node.inputs,
                output=index,
                finished=tuple(i for i in dict.fromkeys(node.inputs) if last_use[i] == index),
            )
            for index, node in enumerate(graph.nodes)
        ]

    def forward(self, pictures: Tensor) -> Tensor:
        """Maps pictures (B, C, H, W) to logits (B, classes)."""
        values = {IMAGE: pictures}
        for step in self.steps:
            values[step.output] = step.run(*[values[i] for i in step.inputs])
            for i in step.finished:
                del values[i]
        return values[self.output]

    def _callable(self, node: Node) -> Callable[..., Tensor]:
        if node.layer.formula is not None:
            return Formula(node.layer)
        call = node.layer.torch_call()
        module: nn.Module = getattr(nn, call.name)(*call.arguments, **dict(call.options))
        self._part(node.scope).add_module(node.key, module)
        return module

    def _part(self, scope: Iterable[str]) -> nn.Module:
        """Returns the module that holds the layers of one part, made where it is not there yet."""
        part: nn.Module = self
        for name in scope:
            if name not in dict(part.named_children()):
                if hasattr(part, name):
                    raise SpaceError(
                        f"graph part {name!r}: every torch module has a {name!r}; choose another name"
                    )
                part.add_module(name, nn.Module())
            part = part.get_submodule(name)
        return part


def _initialise(module: nn.Module) -> None:
    """Draws the weights of one layer. Fan-in, as fan-out counts too much for grouped convolutions."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(
            module.weight, nonlinearity="relu" if isinstance(module, nn.Conv2d) else "linear"
        )
        if module.bias is not None:
            nn.init.zeros_(module.bias)
