"""A graph as PyTorch source, written the way one would by hand.

A part that is one chain of layers becomes `nn.Sequential(...)` in place; any other part becomes a class. Parts that
hold the same layers and shapes share one class, however often they are stacked. Attributes are called what the graph
calls its parts, so that a state dictionary of `search_spaces.build.build_module` loads unchanged.
"""

import re
import textwrap
from collections.abc import Iterable
from itertools import chain, count

from nas.export.forward import COLUMNS, METHOD_INDENT, fitted, forward_lines
from nas.export.parts import Part, is_chain, part_tree, value_shape
from search_spaces.graph import IMAGE, Graph

TAKEN_CLASS_NAMES = frozenset({"Network", "Path", "Tensor"})

NORMALISE = "x = (pixels - self.pixel_mean) / self.pixel_std"
BUFFERS = """\
shape = (len(MEAN), 1, 1)
self.register_buffer("pixel_mean", torch.tensor(MEAN).view(shape), persistent=False)
self.register_buffer("pixel_std", torch.tensor(STD).view(shape), persistent=False)""".splitlines()


def network_source(graph: Graph) -> str:
    """Returns the classes of a network, the last of them `Network`, which takes pixels and gives logits.

    Uses the names `torch`, `nn`, `Tensor`, and `MEAN` and `STD`, a number a channel in pixel values.
    """
    classes: dict[str, str] = {}  # a class from behind its name on -> its name
    tree = part_tree(graph)
    network = _network_class(graph, tree, _attributes(graph, tree, classes))
    return "\n\n\n".join([*(f"class {name}{text}" for text, name in classes.items()), network])


def _attributes(graph: Graph, part: Part, classes: dict[str, str]) -> list[str]:
    """Returns the lines that build the part's layers and sub-parts; adds the classes that these need."""
    if is_chain(graph, part):
        return _chain_lines("super().__init__", graph, part)
    lines = ["super().__init__()"]
    for member in part.members:
        if isinstance(member, Part) and is_chain(graph, member):
            lines += _chain_lines(f"self.{member.name} = nn.Sequential", graph, member)
        elif isinstance(member, Part):
            lines.append(f"self.{member.name} = {_class_of(graph, member, classes)}()")
        elif graph.nodes[member].layer.formula is None:
            lines.append(f"self.{graph.nodes[member].key} = {graph.nodes[member].layer.torch_call()}")
    return lines


def _chain_lines(call: str, graph: Graph, part: Part) -> list[str]:
    """Returns `call(layer, layer, ...)`, on one line where it fits one."""
    layers = [str(graph.nodes[index].layer.torch_call()) for index in range(part.first, part.last + 1)]
    line = f"{call}({', '.join(layers)})"
    return (
        [line]
        if len(line) <= COLUMNS - METHOD_INDENT
        else [f"{call}(", *(f"    {layer}," for layer in layers), ")"]
    )


def _class_of(graph: Graph, part: Part, classes: dict[str, str]) -> str:
    """Returns the name of the part's class, which is written only if no equal part has been."""
    attributes = _attributes(graph, part, classes)
    text = _class_text(graph, part, attributes)
    if text not in classes:
        classes[text] = _unused(_class_name(part.name), {*TAKEN_CLASS_NAMES, *classes.values()})
    return classes[text]


def _class_text(graph: Graph, part: Part, attributes: Iterable[str]) -> str:
    """Returns the class from behind its name on, so that equal parts give equal texts."""
    names = ["x"] if len(part.inputs) == 1 else [f"x{position}" for position in range(len(part.inputs))]
    arguments = ", ".join(["self", *(f"{name}: Tensor" for name in names)])
    results = ", ".join("Tensor" for _ in part.outputs)
    returned = results if len(part.outputs) == 1 else f"tuple[{results}]"
    return _class(
        base="nn.Module",
        docstring=f"{_shapes(graph, part.inputs)} -> {_shapes(graph, part.outputs)}.",
        attributes=attributes,
        signature=f"forward({arguments}) -> {returned}",
        statements=forward_lines(graph, part, dict(zip(part.inputs, names, strict=True))),
    )


def _network_class(graph: Graph, tree: Part, attributes: Iterable[str]) -> str:
    """Returns the class of the whole network: normalisation, then its parts."""
    sequential = is_chain(graph, tree)
    channels, height, width = graph.image
    body = ["return super().forward(x)"] if sequential else forward_lines(graph, tree, {IMAGE: "x"})
    return "class Network" + _class(
        base="nn.Sequential" if sequential else "nn.Module",
        docstring=f"Pixels from 0 to 255, (N, {channels}, {height}, {width}) -> logits, (N, {graph.output[0]}).",
        declarations=("pixel_mean: Tensor", "pixel_std: Tensor"),
        attributes=[*attributes, *BUFFERS],
        signature="forward(self, pixels: Tensor) -> Tensor",
        statements=[NORMALISE, *body],
    )


def _class(
    *,
    base: str,
    docstring: str,
    attributes: Iterable[str],
    signature: str,
    statements: Iterable[str],
    declarations: tuple[str, ...] = (),
) -> str:
    """Returns a class from behind its name on."""
    members = [
        *_docstring(docstring),
        "",
        *([*declarations, ""] if declarations else []),
        "def __init__(self) -> None:",
        *(f"    {line}" for line in attributes),
        "",
        *fitted(f"def {signature}:", margin=4),
        *(f"    {line}" for line in statements),
    ]
    return "\n".join([f"({base}):", *(f"    {line}".rstrip() for line in members)])


def _docstring(text: str) -> list[str]:
    """Returns the docstring of a class, on one line where it fits one."""
    lines = textwrap.wrap(text, COLUMNS - len('    """"""'))
    return [f'"""{text}"""'] if len(lines) == 1 else [f'"""{lines[0]}', *lines[1:], '"""']


def _shapes(graph: Graph, values: Iterable[int]) -> str:
    return ", ".join(str(value_shape(graph, index)) for index in values)


def _class_name(part_name: str) -> str:
    """Returns "BlockLeft" for "block3_left": the class may stand for the fourth block as for the first."""
    words = re.sub(r"\d+", "", part_name).split("_")
    return "".join(word[:1].upper() + word[1:] for word in words) or "Part"


def _unused(name: str, taken: set[str]) -> str:
    """Returns `name`, or `name` with the first number from 2 on that makes it new."""
    candidates = chain([name], (f"{name}{number}" for number in count(2)))
    return next(candidate for candidate in candidates if candidate not in taken)
