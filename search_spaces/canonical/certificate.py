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
from collections.abc import Iterable
from hashlib import blake2b

from search_spaces.canonical.terms import DIGEST_BYTES, Terms


def certificate(terms: Terms) -> bytes:
    """Returns 16 bytes, equal exactly where a renumbering and a reordering of unordered sources make terms equal."""
    return _Valuation(terms).value_of_output()


class _Valuation:
    """The values of terms, in the order of the terms, and the marks that tell shared ones apart."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.users = _users(terms)
        self.dominator, depth = _dominators(self.users)
        self.bound: dict[int, list[int]] = defaultdict(list)
        """Shared terms by their dominator."""
        self.mark: dict[int, bytes] = {}
        for term, users in enumerate(self.users):
            if len(users) > 1:
                self.bound[self.dominator[term]].append(term)
                self.mark[term] = depth[term].to_bytes(4)
        self.start = dict(self.mark)
        self.values = [b""] * len(terms)

    def value_of_output(self) -> bytes:
        self._evaluate(range(len(self.terms)))
        return self.values[-1]

    def _evaluate(self, places: Iterable[int]) -> None:
        for place in places:
            is_tied = place in self.bound and self._tied(place)
            value = self._settled(place) if is_tied else self._plain(place)
            self.values[place] = _digest(self.mark[place], value) if place in self.mark else value

    def _plain(self, place: int) -> bytes:
        """Returns the value of a term from those of its sources."""
        term = self.terms[place]
        sources = [self.values[source] for source in term.sources]
        return _digest(term.label, *(sources if term.is_ordered else sorted(sources)))

    def _tied(self, top: int) -> list[int]:
        """Returns the smallest of the equal values among the terms bound at `top`, as the terms that have it."""
        classes = defaultdict(list)
        for term in self.bound[top]:
            classes[self.values[term]].append(term)
        ties = [value for value, members in classes.items() if len(members) > 1]
        return classes[min(ties)] if ties else []

    def _settled(self, top: int) -> bytes:
        """Returns the value of a term once those bound at it are told apart."""
        region = self._region(top)
        for term in self.bound[top]:
            self.mark[term] = self.start[term]
        self._evaluate(region)
        self._refine(top, region)
        return self._smallest(top, region)

    def _smallest(self, top: int, region: list[int]) -> bytes:
        tied = self._tied(top)
        if not tied:
            return self._plain(top)
        marks = {term: self.mark[term] for term in self.bound[top]}
        choices = {self._after(top, region, marks, term, greedy=True): term for term in tied}
        return min(self._after(top, region, marks, term, greedy=False) for term in choices.values())

    def _after(
        self, top: int, region: list[int], marks: dict[int, bytes], chosen: int, *, greedy: bool
    ) -> bytes:
        """Returns the value that singling out `chosen` leads to: the smallest, or if `greedy` any one.

        Where two choices lead to equal values, one of them can take the other's place in the network.
        """
        self.mark.update(marks)
        while True:
            self.mark[chosen] = _digest(b"chosen", self.mark[chosen])
            self._evaluate(region)
            self._refine(top, region)
            if not greedy:
                return self._smallest(top, region)
            tied = self._tied(top)
            if not tied:
                return self._plain(top)
            chosen = tied[0]

    def _refine(self, top: int, region: list[int]) -> None:
        """Marks the terms bound at `top` by how they are used, until that tells no more of them apart."""
        bound = self.bound[top]
        classes = 0
        while classes < (classes := len({self.values[term] for term in bound})) < len(bound):
            contexts = self._contexts(top, region)
            for term in bound:
                self.mark[term] = _digest(self.mark[term], contexts[term])
            self._evaluate(region)

    def _contexts(self, top: int, region: list[int]) -> dict[int, bytes]:
        """Returns what the way from each term to `top` looks like."""
        contexts = {top: self._plain(top)}
        for place in reversed(region):
            uses = sorted(
                _digest(contexts[user], self.values[user], number) for user, number in self.users[place]
            )
            contexts[place] = _digest(*uses)
        return contexts

    def _region(self, top: int) -> list[int]:
        """Returns the terms that reach the output only through `top`, in order."""
        inside = {top}
        for place in range(top - 1, -1, -1):
            if self.dominator[place] in inside:
                inside.add(place)
        return sorted(inside - {top})


Use = tuple[int, bytes]
"""A term that uses another, and as which of its sources where they have an order."""


def _users(terms: Terms) -> list[list[Use]]:
    users: list[list[Use]] = [[] for _ in terms]
    for place, term in enumerate(terms):
        for number, source in enumerate(term.sources):
            users[source].append((place, number.to_bytes(4) if term.is_ordered else b""))
    return users


def _dominators(users: list[list[Use]]) -> tuple[list[int], list[int]]:
    """Returns for each term its immediate dominator and how deep that one is; the output has itself."""
    output = len(users) - 1
    dominator, depth = [output] * len(users), [0] * len(users)
    for place in range(output - 1, -1, -1):
        through = {user for user, _ in users[place]}
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
