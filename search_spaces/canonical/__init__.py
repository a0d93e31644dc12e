"""One key for all architectures whose networks are the same computation.

Two networks have one key exactly where what of them is live is isomorphic, layer for layer:

1. A layer is live where it depends on the picture and the output depends on it. Zeros vanish, and so does a layer with
   weights that only sees zeros, whose output is the same for every picture.
2. What an identity gives on is the value itself: it adds no layer.
3. Sums of sums are one sum, also where an inner sum has other users; a sum of one value is the value. The same for
   concatenations.
4. Operands of a sum or a product have no order. Those of a concatenation have none where every reader of its channels
   mixes them or treats them alike, so that permuted weights make up for another order: `search_spaces.canonical.order`.
5. Every layer with weights is one of its own: a convolution used twice is not two convolutions.
6. Equal layers without weights on equal inputs are one.

So weights can be copied from one network to the other such that both compute the same, and operations count as what
they are made of: a residual block is the sum that a cell can also spell out.
"""

from search_spaces.canonical.certificate import certificate
from search_spaces.canonical.chains import in_chains
from search_spaces.canonical.terms import Terms, live_terms
from search_spaces.graph import Graph
from search_spaces.space import digest

NOMINAL_IMAGE = (3, 64, 64)
"""What a space builds its networks for to compare them: six reductions, the most there are, each halve it."""
NOMINAL_CLASSES = 2


def canonical_form(graph: Graph) -> str:
    """Returns 32 hexadecimal digits, equal exactly for networks whose live computations are isomorphic.

    Layers count, not shapes: the size of the picture plays no part where the layers are the same at every size.
    """
    return form_of(in_chains(live_terms(graph)))


def form_of(terms: Terms) -> str:
    """Returns 32 hexadecimal digits, equal exactly for terms in chains that are isomorphic."""
    return certificate(terms).hex() if terms else digest("zero")
