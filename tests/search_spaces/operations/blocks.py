"""One operation alone, as a graph and as a module, for the tests of its family."""

from collections import Counter

import torch
from torch import Tensor, nn

from search_spaces.build import build_module
from search_spaces.complexity import cost
from search_spaces.graph import Graph, GraphBuilder
from search_spaces.layers import Conv
from search_spaces.operations import OPERATIONS
from search_spaces.style import Style


def block(
    name: str,
    channels_in: int,
    channels_out: int | None = None,
    *,
    size: tuple[int, int] = (8, 8),
    stride: int = 1,
    style: Style = Style(),  # noqa: B008 -- an immutable value
) -> Graph:
    """The operation in the part "operation", after a ReLU, so that identity too has a layer to be."""
    g = GraphBuilder((channels_in, *size), style)
    x = g.relu(g.image)
    with g.scope("operation"):
        return g.finish(OPERATIONS[name].add_to(g, x, channels_out or channels_in, stride=stride))


def module(name: str, channels_in: int, channels_out: int | None = None, **options) -> nn.Module:
    """The same as a network with fresh weights, ready to be used rather than trained."""
    torch.manual_seed(0)
    return build_module(block(name, channels_in, channels_out, **options)).eval()


def layer_names(name: str, channels_in: int, channels_out: int | None = None, **options) -> list[str]:
    return [type(node.layer).__name__ for node in block(name, channels_in, channels_out, **options).nodes[1:]]


def convolutions(name: str, channels_in: int, channels_out: int | None = None, **options) -> Counter[str]:
    """How many convolutions there are of each "channels_in>channels_out kernel", such as "8>2 1x1"."""
    convs = [
        node.layer
        for node in block(name, channels_in, channels_out, **options).nodes
        if isinstance(node.layer, Conv)
    ]
    return Counter(
        f"{conv.channels_in}>{conv.channels_out} {conv.kernel[0]}x{conv.kernel[1]}" for conv in convs
    )


def multiply_adds(name: str, channels_in: int, channels_out: int | None = None, **options) -> int:
    return cost(block(name, channels_in, channels_out, **options)).multiply_adds


def parameters(name: str, channels_in: int, channels_out: int | None = None, **options) -> int:
    return cost(block(name, channels_in, channels_out, **options)).parameters


def set_to_zero(network: nn.Module, part: str) -> None:
    """Sets the weights of a part to zero; what it computes is zero then, for the norms add nothing either."""
    for weight in network.get_submodule(part).parameters():
        nn.init.zeros_(weight)


def chain(network: nn.Module, part: str) -> nn.Sequential:
    """The layers of a part that is one chain, to be called alone."""
    return nn.Sequential(*network.get_submodule(part).children())


def seen(network: nn.Module, side: int) -> Tensor:
    """The pixels, (n, 2), of one picture of one channel that the middle of the output depends on."""
    for weight in network.parameters():
        weight.data.abs_()  # no activation shall hide a pixel
    picture = torch.rand(1, 1, side, side, requires_grad=True)
    output = network(picture)
    output[..., output.shape[-2] // 2, output.shape[-1] // 2].sum().backward()
    return picture.grad[0, 0].nonzero()
