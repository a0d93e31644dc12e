"""The same terms, fewer of them: what can only go one way is said in one term.

1. A layer without weights on one value may as well be done again by each layer with weights that reads it: its label
   goes before theirs.
2. A layer with weights that one other such layer alone reads becomes one term with it, their labels in a row.

What is left are the places where ways part and meet. Terms are isomorphic in chains exactly where they were before.
"""

from collections import Counter
from collections.abc import Callable

from search_spaces.canonical.terms import Term, Terms, pruned


def in_chains(terms: Terms) -> Terms:
    """Returns as few terms as the two rules allow."""
    if not terms:
        return terms
    shorter = _merged(terms, lambda before: not terms[before].has_weights)
    uses = Counter(source for term in shorter for source in term.sources)
    return _merged(shorter, lambda before: shorter[before].has_weights and uses[before] == 1)


def _merged(terms: Terms, is_merged: Callable[[int], bool]) -> Terms:
    """Returns the terms, each layer with weights in one with those before it that `is_merged` says."""
    merged = [_merged_term(terms, term, is_merged) for term in terms]
    return pruned(merged, len(merged) - 1)


def _merged_term(terms: Terms, term: Term, is_merged: Callable[[int], bool]) -> Term:
    while term.has_weights and _is_one_way(term):
        (source,) = term.sources
        before = terms[source]
        if not (_is_one_way(before) and is_merged(source)):
            break
        term = Term(before.label + term.label, before.sources, has_weights=True)
    return term


def _is_one_way(term: Term) -> bool:
    return len(term.sources) == 1
