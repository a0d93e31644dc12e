"""A network as the terms that its identity is about: what is dead or does nothing is gone, what is equal is one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b

from search_spaces.canonical.order import ordered_channels
from search_spaces.graph import IMAGE, Graph
from search_spaces.layers import Add, Concat, Layer, Multiply, Zero
from search_spaces.naming import ancestors

DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Term:
    """What is computed (`label`) from which earlier terms; the order of `sources` matters where `is_ordered`."""

    label: bytes
    sources: tuple[int, ...]
    is_ordered: bool = True


Terms = Sequence[Term]
"""Each after its sources; the last is the output, and every other one reaches it."""


def live_terms(graph: Graph) -> Terms:
    """Returns the terms of a network; none where its output is the same for every picture."""
    building = _Building()
    values: dict[int, int | None] = {IMAGE: building.new(Term(PICTURE, ()))}
    ordered = ordered_channels(graph.nodes)
    for index, node in enumerate(graph.nodes):
        sources = [values[i] for i in node.inputs]
        living = [source for source in sources if source is not None]
        if isinstance(node.layer, Add):
            values[index] = building.joined(SUM, living, is_ordered=False)
        elif isinstance(node.layer, Concat):
            label, is_ordered = (SEQUENCE, True) if ordered[index] else (BAG, False)
            values[index] = building.joined(label, living, is_ordered=is_ordered)
        elif isinstance(node.layer, Zero) or len(living) < len(sources):
            values[index] = None
        else:
            values[index] = building.layer(node.layer, tuple(living))
    output = values[len(graph.nodes) - 1]
    return [] if output is None else _pruned(building.terms, output)


@dataclass(slots=True)
class _Building:
    """The terms so far. A term without weights is found again where an equal one is asked for."""

    terms: list[Term] = field(default_factory=list)
    known: dict[Term, int] = field(default_factory=dict)

    def new(self, term: Term) -> int:
        self.terms.append(term)
        return len(self.terms) - 1

    def shared(self, term: Term) -> int:
        place = self.known.get(term)
        if place is None:
            place = self.known[term] = self.new(term)
        return place

    def layer(self, layer: Layer, sources: tuple[int, ...]) -> int:
        label, has_weights = _label(layer)  # type: ignore[arg-type]  # layers are frozen values
        if isinstance(layer, Multiply):
            return self.shared(Term(label, tuple(sorted(sources)), is_ordered=False))
        return self.new(Term(label, sources)) if has_weights else self.shared(Term(label, sources))

    def joined(self, label: bytes, sources: Sequence[int], *, is_ordered: bool) -> int | None:
        """Returns the sum or concatenation, its operands those of all sources of the same kind."""
        operands = [operand for source in sources for operand in self._operands(label, source)]
        if len(operands) < 2:
            return operands[0] if operands else None
        return self.shared(Term(label, tuple(operands if is_ordered else sorted(operands)), is_ordered))

    def _operands(self, label: bytes, source: int) -> tuple[int, ...]:
        term = self.terms[source]
        return term.sources if term.label == label else (source,)


def _pruned(terms: Terms, output: int) -> Terms:
    """Returns the terms that the output depends on, renumbered."""
    live = ancestors([term.sources for term in terms], output)
    place = {old: new for new, old in enumerate(live)}
    return [
        Term(terms[old].label, tuple([place[i] for i in terms[old].sources]), terms[old].is_ordered)
        for old in live
    ]


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).digest()


@lru_cache(maxsize=4096)
def _label(layer: Layer) -> tuple[bytes, bool]:
    """Returns what stands for a layer and all equal ones, and whether it has weights."""
    return _digest(repr(layer)), layer.parameters() > 0


PICTURE, SUM, SEQUENCE, BAG = map(_digest, ("picture", "sum", "concatenation", "concatenation in any order"))
