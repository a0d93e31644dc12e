"""A digest of terms that is equal exactly for isomorphic ones.

The value of a term is the digest of its label and the values of its sources. That tells everything but which equal
values are one term. Only a term with several uses, a shared one, can be confused: with an equal one of its own
dominator, the first term on the way out through which all its uses pass. So the value of a shared term also has how
deep in the tree of dominators its own dominator is, and where two with one dominator are equal, they are told apart:

1. by how they are used, round after round, as long as that helps (colour refinement);
2. then by singling out one after the other. Every choice is tried that is not known to lead to the same, and the
   smallest value of the dominator counts. McKay and Piperno 2014, "Practical graph isomorphism, II", section 2.

Outside, nothing but the dominator sees them, so this happens within its own part of the network, and the value of the
output is the certificate.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from search_spaces.canonical.terms import DIGEST_BYTES, Terms


def certificate(terms: Terms) -> bytes:
    """Returns 16 bytes, equal exactly where a renumbering and a reordering of unordered sources make terms equal."""
    return _Valuation(terms).value_of_output()


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of a network that is settled at once: the terms from those to tell apart to their dominator."""

    dominator: int
    alike: list[int]
    """The terms to tell apart. Others of the same dominator have values of their own."""
    inner: list[int]
    """All terms that depend on them, they included, before the dominator."""


class _Valuation:
    """The values of terms, in the order of the terms, and the marks that tell shared ones apart."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.users = _users(terms)
        dominator, depth = _dominators(self.users)
        self.mark = {term: depth[term].to_bytes(4) for term, users in enumerate(self.users) if len(users) > 1}
        self.bound: dict[int, list[int]] = defaultdict(list)
        """Shared terms by their dominator."""
        for term in self.mark:
            self.bound[dominator[term]].append(term)
        self.values = [b""] * len(terms)

    def value_of_output(self) -> bytes:
        self._evaluate(range(len(self.terms)))
        return self.values[-1]

    def _evaluate(self, places: Iterable[int], *, settle: bool = True) -> None:
        for place in places:
            tied = self._tied(self.bound[place]) if settle and place in self.bound else []
            value = (
                self._settled(place, [term for members in tied for term in members])
                if tied
                else self._plain(place)
            )
            self.values[place] = _digest(self.mark[place], value) if place in self.mark else value

    def _plain(self, place: int) -> bytes:
        """Returns the value of a term from those of its sources."""
        term = self.terms[place]
        sources = [self.values[source] for source in term.sources]
        return _digest(term.label, *(sources if term.is_ordered else sorted(sources)))

    def _tied(self, terms: Iterable[int]) -> list[list[int]]:
        """Returns those of equal values together, classes of one left out, in the order of the values."""
        classes = defaultdict(list)
        for term in terms:
            classes[self.values[term]].append(term)
        return [members for _, members in sorted(classes.items()) if len(members) > 1]

    def _settled(self, dominator: int, alike: list[int]) -> bytes:
        """Returns the value of a dominator once the terms that look alike are told apart."""
        part = _Part(dominator, alike, self._depending(alike, dominator))
        before = {term: self.mark[term] for term in alike}
        self._refine(part)
        value = self._smallest(part)
        self.mark.update(before)
        return value

    def _smallest(self, part: _Part) -> bytes:
        tied = self._tied(part.alike)
        if not tied:
            return self._plain(part.dominator)
        marks = {term: self.mark[term] for term in part.alike}
        choices = {self._any(part, marks, term): term for term in tied[0]}
        values = []
        for chosen in choices.values():
            self._single_out(part, marks, chosen)
            values.append(self._smallest(part))
        return min(values)

    def _any(self, part: _Part, marks: Mapping[int, bytes], chosen: int) -> bytes:
        """Returns one of the values that singling out `chosen` can lead to.

        Where two choices lead to equal values, one of them can take the other's place in the network.
        """
        self._single_out(part, marks, chosen)
        while tied := self._tied(part.alike):
            self._single_out(part, {}, tied[0][0])
        return self._plain(part.dominator)

    def _single_out(self, part: _Part, marks: Mapping[int, bytes], chosen: int) -> None:
        self.mark.update(marks)
        self.mark[chosen] = _digest(b"chosen", self.mark[chosen])
        self._evaluate(part.inner)
        self._refine(part)

    def _refine(self, part: _Part) -> None:
        """Marks the terms by how they are used, until that tells no more of them apart."""
        classes = 0
        while classes < (classes := len({self.values[term] for term in part.alike})) < len(part.alike):
            contexts = self._contexts(part)
            for term in part.alike:
                self.mark[term] = _digest(self.mark[term], contexts[term])
            self._evaluate(part.inner)

    def _contexts(self, part: _Part) -> Mapping[int, bytes]:
        """Returns what the way from each term to the dominator looks like.

        That is said before parts further in are settled: what settles them is left as it was tried last.
        """
        self._evaluate(part.inner, settle=False)
        contexts = {part.dominator: b""}
        for place in reversed(part.inner):
            uses = []
            for user in self.users[place]:
                value = self.terms[user].label if user == part.dominator else self.values[user]
                uses.append(_digest(contexts[user], value))
            contexts[place] = _digest(*sorted(uses))
        return contexts

    def _depending(self, sources: Sequence[int], end: int) -> list[int]:
        """Returns these terms and all that depend on them, before the term `end`."""
        found = set(sources)
        for place in range(min(sources), end):
            if not found.isdisjoint(self.terms[place].sources):
                found.add(place)
        return sorted(found)


def _users(terms: Terms) -> list[list[int]]:
    """Returns for each term the terms that use it, as often as they do."""
    users: list[list[int]] = [[] for _ in terms]
    for place, term in enumerate(terms):
        for source in term.sources:
            users[source].append(place)
    return users


def _dominators(users: list[list[int]]) -> tuple[list[int], list[int]]:
    """Returns for each term its immediate dominator and how deep that one is; the output has itself."""
    output = len(users) - 1
    dominator, depth = [output] * len(users), [0] * len(users)
    for place in range(output - 1, -1, -1):
        through = set(users[place])
        while len(through) > 1:  # a dominator stands after what it dominates
            first = min(through)
            through.remove(first)
            through.add(dominator[first])
        (common,) = through
        dominator[place] = common
        depth[place] = 0 if common == output else depth[common] + 1
    return dominator, depth


def _digest(*parts: bytes) -> bytes:
    return blake2b(b"".join(parts), digest_size=DIGEST_BYTES).digest()
