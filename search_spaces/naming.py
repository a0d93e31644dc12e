"""What of a graph is kept when it is finished, and how its nodes are called."""

import keyword
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from search_spaces.layers import Layer

LAYER = "layer"
"""What a layer is called, with a number, in a part that is no chain."""


def ancestors(inputs: Sequence[Sequence[int]], output: int) -> list[int]:
    """Returns the indices, ascending, of `output` and all it depends on; negative inputs stand outside."""
    reached = {output}
    for index in range(output, -1, -1):
        if index in reached:
            reached.update(i for i in inputs[index] if i >= 0)
    return sorted(reached)


def may_name_part(name: str) -> bool:
    """Whether a part may be called so: an identifier that neither Python nor `node_keys` needs."""
    return name.isidentifier() and not keyword.iskeyword(name) and not re.fullmatch(rf"{LAYER}\d+", name)


def node_keys(
    scopes: Sequence[tuple[str, ...]], layers: Sequence[Layer], inputs: Sequence[tuple[int, ...]]
) -> list[str]:
    """Returns the nodes' names within their parts: a number within a chain, "layer" and a number elsewhere."""
    members: dict[tuple[str, ...], list[int]] = {}
    for index, scope in enumerate(scopes):
        members.setdefault(scope, []).append(index)
    parents = {scope[:length] for scope in members for length in range(len(scope))}
    uses = Counter(i for sources in inputs for i in sources)

    def is_chain(indices: Sequence[int]) -> bool:
        """Whether these can be one `nn.Sequential`: modules, each fed by the one before, which feeds nothing else."""
        return all(layers[i].formula is None for i in indices) and all(
            inputs[b] == (a,) and uses[a] == 1 for a, b in pairwise(indices)
        )

    keys = [""] * len(scopes)
    for scope, indices in members.items():
        prefix = "" if scope not in parents and is_chain(indices) else LAYER
        for position, index in enumerate(indices):
            keys[index] = f"{prefix}{position}"
    return keys
