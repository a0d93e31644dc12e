"""Which limits on the cost of a network a space can meet, known before anything is trained."""

from search_spaces.complexity import Cost
from search_spaces.graph import Shape
from search_spaces.space import Space


def minimum_cost(space: Space, image: Shape, classes: int) -> Cost:
    """Returns for each measure the smallest value in the space; no one architecture need have all three.

    Exact for the spaces that come with the product and for any of at most `space.MAX_ENUMERATED` architectures. For a
    larger space that does not override `cheapest` all three are 0: no limit can be refused in advance.
    """
    costs = [space.price(one, image, classes) for one in space.cheapest(image, classes)]
    if not costs:
        return Cost()
    return Cost(
        min(one.parameters for one in costs),
        min(one.multiply_adds for one in costs),
        min(one.activation_bytes for one in costs),
    )
