"""The body of a part's `forward`, as lines of Python in plain named variables."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from nas.export.parts import Part
from search_spaces.graph import Graph

COLUMNS = 100
"""Longest line of the source."""
METHOD_INDENT = 8
TAKEN_VARIABLES = frozenset({"self", "super", "torch", "nn", "pixels", "x"})


@dataclass(frozen=True, slots=True)
class Step:
    """One expression: `template` over the values `inputs` gives the values `outputs`, to be called `name`."""

    name: str
    template: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    is_formula: bool

    def expression(self, arguments: Iterable[str]) -> str:
        """Returns the expression with its arguments written in."""
        listed = list(arguments)
        return self.template.format(*listed, all=", ".join(listed))


def forward_lines(graph: Graph, part: Part, inputs: Mapping[int, str]) -> Iterator[str]:
    """Yields the statements of `forward`, given the names of the values that come in, unindented.

    One assignment a value; but a call whose result only one formula uses stands in that formula:
    `layer0 = self.left(x0) + self.right(x1)`.
    """
    steps = [_step(graph, member) for member in part.members]
    names = _variable_names(steps, inputs)
    inlined = _used_once_by_a_formula(steps, part.outputs)
    calls: dict[int, str] = {}
    for step in steps:
        line = _assignment(step, names, [calls.get(i, names[i]) for i in step.inputs], part.outputs)
        if len(line) > COLUMNS - METHOD_INDENT:
            yield from (f"{names[i]} = {calls[i]}" for i in step.inputs if i in calls)
            line = _assignment(step, names, [names[i] for i in step.inputs], part.outputs)
        if step.outputs[0] in inlined:
            calls[step.outputs[0]] = step.expression(names[i] for i in step.inputs)
        else:
            yield from fitted(line, METHOD_INDENT)
    if steps[-1].outputs != part.outputs:
        yield from fitted(f"return ({', '.join(names[i] for i in part.outputs)})", METHOD_INDENT)


def fitted(line: str, margin: int) -> list[str]:
    """Returns the line, its outermost parentheses opened where it is too long to stand `margin` columns in."""
    width = COLUMNS - margin
    if len(line) <= width:
        return [line]
    begin, end = line.index("(") + 1, line.rindex(")")
    within = textwrap.wrap(line[begin:end], width - 4, break_long_words=False)
    return [line[:begin], *(f"    {text}" for text in within), line[end:]]


def _step(graph: Graph, member: "Part | int") -> Step:
    if isinstance(member, Part):
        return Step(
            member.name, f"self.{member.name}({{all}})", member.inputs, member.outputs, is_formula=False
        )
    node = graph.nodes[member]
    formula = node.layer.formula
    return Step(
        node.key, formula or f"self.{node.key}({{0}})", node.inputs, (member,), is_formula=formula is not None
    )


def _variable_names(steps: Iterable[Step], inputs: Mapping[int, str]) -> dict[int, str]:
    """Returns value -> variable: the name of the layer or part it comes from, changed where that is taken.

    Of a part that gives several values they are the places of a tuple.
    """
    names = dict(inputs)
    taken = {*TAKEN_VARIABLES, *inputs.values()}
    for step in steps:
        name = step.name
        while name in taken:
            name += "_"
        taken.add(name)
        several = len(step.outputs) > 1
        names.update({index: f"{name}[{k}]" if several else name for k, index in enumerate(step.outputs)})
    return names


def _used_once_by_a_formula(steps: Iterable[Step], outputs: Iterable[int]) -> set[int]:
    """Returns the results of calls that are used once, and that by a formula."""
    uses = Counter(outputs)
    for step in steps:
        uses.update(step.inputs)
    operands = {index for step in steps if step.is_formula for index in step.inputs}
    calls = {step.outputs[0] for step in steps if not step.is_formula and len(step.outputs) == 1}
    return {index for index in operands & calls if uses[index] == 1}


def _assignment(
    step: Step, names: Mapping[int, str], arguments: Iterable[str], returned: tuple[int, ...]
) -> str:
    """Returns "name = expression", or "return expression" for what the part gives."""
    expression = step.expression(arguments)
    if step.outputs == returned:
        return f"return {expression}"
    return f"{names[step.outputs[0]].removesuffix('[0]')} = {expression}"
