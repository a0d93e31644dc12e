"""What the spaces of this package that build networks of their own have in common: two settings and a key."""

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from search_spaces.architecture import Architecture
from search_spaces.assembly import AssembledSpace
from search_spaces.canonical import NOMINAL_CLASSES, NOMINAL_IMAGE, form_of
from search_spaces.canonical.parts import TermAssembler
from search_spaces.space import digest
from search_spaces.style import ActivationKind, Normalisation, Style


@dataclass(frozen=True)
class StyledSpace(AssembledSpace):
    """A space with a choice of normalisation and activation for all of its networks, which differ where layers do."""

    normalisation: Normalisation = field(default="batch", kw_only=True)
    """After convolutions; "group" where batches are small."""
    activation: ActivationKind = field(default="relu", kw_only=True)
    """Beside convolutions."""

    @cached_property
    def style(self) -> Style:
        """What these two settings say."""
        return Style(self.normalisation, self.activation)

    def canonical_key(self, architecture: Architecture) -> str:
        """Returns 32 hexadecimal digits, equal exactly for architectures whose live computations are isomorphic.

        What that means stands in `search_spaces.canonical`.
        """
        return _key(self, architecture)


@lru_cache(maxsize=64)
def _key(space: StyledSpace, architecture: Architecture) -> str:
    """Remembers the latest: a proposal's key is wanted to see that it is new, and soon again to record the trial."""
    g = TermAssembler(NOMINAL_IMAGE, space.style)
    return digest(space.name, form_of(g.terms(space.assemble(g, architecture, NOMINAL_CLASSES))))
