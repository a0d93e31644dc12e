"""A network as the terms that its identity is about: what is dead or does nothing is gone, what is equal is one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from search_spaces.canonical.order import ordered_channels
from search_spaces.graph import IMAGE, Graph
from search_spaces.layers import Add, Concat, Layer, Multiply, Zero
from search_spaces.naming import ancestors

DIGEST_BYTES = 16


class Term(NamedTuple):
    """What is computed (`label`) from which earlier terms; the order of `sources` matters where `is_ordered`."""

    label: bytes
    sources: tuple[int, ...]
    is_ordered: bool = True
    has_weights: bool = False


Terms = Sequence[Term]
"""Each after its sources; the last is the output, and every other one reaches it."""


def live_terms(graph: Graph, *, is_ordered: bool = False) -> Terms:
    """Returns the terms of a network; none where its output is the same for every picture.

    `is_ordered` says whether the order of the output's channels plays a part.
    """
    building = Building()
    values: dict[int, int | None] = {IMAGE: building.picture()}
    ordered = ordered_channels(graph.nodes, is_ordered)
    for index, node in enumerate(graph.nodes):
        values[index] = building.layer(node.layer, [values[i] for i in node.inputs], ordered[index])
    return building.reaching(values[len(graph.nodes) - 1])


@dataclass(slots=True)
class Building:
    """The terms so far. A term without weights is found again where an equal one is asked for."""

    _terms: list[Term] = field(default_factory=list)
    _known: dict[Term, int] = field(default_factory=dict)

    def picture(self) -> int:
        """Adds the picture, the one term that has no sources."""
        return self._new(Term(PICTURE, ()))

    def layer(self, layer: Layer, sources: Sequence[int | None], is_ordered: bool) -> int | None:
        """Adds a layer, of whose inputs some may be zero; None where it gives the same for every picture."""
        living = [source for source in sources if source is not None]
        if isinstance(layer, Add):
            return self._joined(SUM, living, is_ordered=False)
        if isinstance(layer, Concat):
            return self._joined(SEQUENCE if is_ordered else BAG, living, is_ordered=is_ordered)
        if isinstance(layer, Zero) or len(living) < len(sources):
            return None
        label, has_weights = _label(layer)  # type: ignore[arg-type]  # layers are frozen values
        if isinstance(layer, Multiply):
            return self._shared(Term(label, tuple(sorted(living)), is_ordered=False))
        term = Term(label, tuple(living), has_weights=has_weights)
        return self._new(term) if has_weights else self._shared(term)

    def copy(self, terms: Terms, picture: int) -> int | None:
        """Adds the terms of a part, applied to the term `picture`; None where there are none."""
        places: list[int] = []
        for term in terms:
            sources = [places[source] for source in term.sources]
            if term.label == PICTURE:
                places.append(picture)
            elif term.label in JOINS:
                joined = self._joined(term.label, sources, is_ordered=term.is_ordered)
                assert joined is not None  # a join of living terms lives
                places.append(joined)
            else:
                ordered = tuple(sources if term.is_ordered else sorted(sources))
                placed = Term(term.label, ordered, term.is_ordered, term.has_weights)
                places.append(self._new(placed) if term.has_weights else self._shared(placed))
        return places[-1] if places else None

    def reaching(self, output: int | None) -> Terms:
        """Returns the terms that the output depends on, and it last; none where it is None."""
        return [] if output is None else pruned(self._terms, output)

    def _new(self, term: Term) -> int:
        self._terms.append(term)
        return len(self._terms) - 1

    def _shared(self, term: Term) -> int:
        place = self._known.get(term)
        if place is None:
            place = self._known[term] = self._new(term)
        return place

    def _joined(self, label: bytes, sources: Sequence[int], *, is_ordered: bool) -> int | None:
        """Returns the sum or concatenation, its operands those of all sources of the same kind."""
        operands = [operand for source in sources for operand in self._operands(label, source)]
        if len(operands) < 2:
            return operands[0] if operands else None
        return self._shared(Term(label, tuple(operands if is_ordered else sorted(operands)), is_ordered))

    def _operands(self, label: bytes, source: int) -> tuple[int, ...]:
        term = self._terms[source]
        return term.sources if term.label == label else (source,)


def pruned(terms: Terms, output: int) -> Terms:
    """Returns the terms that the output depends on, renumbered, and it last."""
    live = ancestors([term.sources for term in terms], output)
    if len(live) == len(terms):
        return terms
    place = {old: new for new, old in enumerate(live)}
    return [
        Term(
            terms[old].label,
            tuple([place[i] for i in terms[old].sources]),
            terms[old].is_ordered,
            terms[old].has_weights,
        )
        for old in live
    ]


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).digest()


@lru_cache(maxsize=4096)
def _label(layer: Layer) -> tuple[bytes, bool]:
    """Returns what stands for a layer and all equal ones, and whether it has weights."""
    return _digest(repr(layer)), layer.parameters() > 0


PICTURE, SUM, SEQUENCE, BAG = map(_digest, ("picture", "sum", "concatenation", "concatenation in any order"))
JOINS = frozenset((SUM, SEQUENCE, BAG))
