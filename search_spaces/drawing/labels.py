"""What layers are called in a picture: a few letters each."""

import re

from search_spaces.layers import (
    ACTIVATIONS,
    Activation,
    Add,
    BatchNorm,
    Complement,
    Conv,
    Layer,
    Multiply,
    Pool,
    PReLU,
    Rescale,
    Scale,
    Shape,
    Slice,
)

JOINS: dict[type, str] = {Add: "+", Multiply: "×", Scale: "×"}
"""Layers that are drawn as a sign in a circle."""

_WORD = re.compile("[A-Z][a-z0-9]*")


def layer_label(layer: Layer) -> str:
    """Returns a short label: "conv 3x3 /2" (of stride 2), "BN", "max pool 3x3"; else the words of the class's name."""
    match layer:
        case Conv():
            return _conv_label(layer)
        case Pool(kind, kernel, stride):
            return f"{kind} pool {kernel}x{kernel}{_stride(stride)}"
        case BatchNorm():
            return "BN"
        case PReLU():
            return "PReLU"
        case Activation(kind):
            return ACTIVATIONS[kind]
        case Rescale(factor):
            return f"× {factor:.3g}"
        case Complement():
            return "1 − x"
        case Slice(start, stop):
            return f"channels {start}…{stop - 1}"
    return JOINS.get(type(layer)) or " ".join(_WORD.findall(type(layer).__name__)).lower()


def shape_label(shape: Shape) -> str:
    """Returns channels, height and width: "64x16x16"; of a vector, its length."""
    channels, height, width = shape
    return str(channels) if (height, width) == (1, 1) else f"{channels}x{height}x{width}"


def is_depthwise(layer: Layer) -> bool:
    """Returns whether a layer is a convolution of every channel on its own."""
    return isinstance(layer, Conv) and layer.groups == layer.channels_in > 1


def _conv_label(conv: Conv) -> str:
    words = ["depthwise" if is_depthwise(conv) else "conv", f"{conv.kernel[0]}x{conv.kernel[1]}"]
    if conv.dilation > 1:
        words.append(f"dilation {conv.dilation}")
    if conv.groups > 1 and not is_depthwise(conv):
        words.append(f"in {conv.groups} groups")
    return " ".join(words) + _stride(conv.stride)


def _stride(stride: int) -> str:
    return f" /{stride}" if stride > 1 else ""
