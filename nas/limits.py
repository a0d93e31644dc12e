"""Whether a space can meet the limits of a search, and its networks be built, known before anything is trained."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from random import Random

from nas.config import LimitsConfig, SearchConfig
from nas.errors import InfeasibleError, SpaceError
from search_spaces.architecture import Architecture
from search_spaces.complexity import Cost
from search_spaces.feasibility import RARE, Limits, Tally, minimum_cost, tally
from search_spaces.graph import Shape
from search_spaces.space import Space

BUILT = 8
"""Networks that are built of random architectures, and as many of the cheapest, to see whether they can be."""


def check_limits(config: LimitsConfig, space: Space, image: Shape, classes: int) -> None:
    """Raises `InfeasibleError` with the smallest possible value where no architecture can meet one of the limits."""
    if config.resolve() == Limits():
        return
    least = minimum_cost(space, image, classes)
    for name, limit, smallest in (
        ("max_params", config.max_params, least.parameters),
        ("max_macs", config.max_macs, least.multiply_adds),
    ):
        if limit is not None and limit < smallest:
            raise InfeasibleError(
                f"limits.{name}: expected at least {smallest:,}, the smallest that space {space.name!r} has for these "
                f"pictures, got {limit:,}; allow more, or use a space with fewer filters or blocks"
            )


ERROR_TEXT = 500
"""Characters of an error of somebody else's code that are shown."""


def over_limits(limits: Limits, cost: Cost) -> str:
    """Returns which limits a network breaks, nothing where it keeps to all."""
    broken = [
        f"expected at most {limit:,} {what}, its network has {value:,}"
        for what, limit, value in (
            ("parameters", limits.parameters, cost.parameters),
            ("multiply-adds", limits.multiply_adds, cost.multiply_adds),
        )
        if limit is not None and value > limit
    ]
    return "; ".join(broken)


def check_networks(space: Space, image: Shape, classes: int) -> None:
    """Builds a few networks, the cheapest among them.

    Raises `SpaceError` where one cannot be: the pictures are too small, an operation does not fit the channels, a space
    of the user's own is at fault.
    """
    rng = Random(0)
    drawn = [space.random(rng) for _ in range(BUILT)]
    for architecture in (*islice(space.cheapest(image, classes), BUILT), *drawn):
        with _network_wanted(space, architecture):
            space.network(architecture, image, classes)


def objection(space: Space, architecture: Architecture, limits: Limits, image: Shape, classes: int) -> str:
    """Returns which limits the network of an architecture breaks, nothing where it keeps to all.

    Raises `SpaceError` where there is no such network.
    """
    with _network_wanted(space, architecture):
        price = space.price(architecture, image, classes)
    return over_limits(limits, price)


@contextmanager
def _network_wanted(space: Space, architecture: Architecture) -> Iterator[None]:
    """Has all that a space raises within be a `SpaceError`."""
    try:
        yield
    except SpaceError:
        raise
    except (Exception, SystemExit) as error:  # another person's code, which may raise anything
        raise SpaceError(
            f"space {space.name!r}: expected a network for architecture {architecture}, "
            f"got {type(error).__name__}: {str(error)[:ERROR_TEXT]}"
        ) from error


def check_share(
    config: LimitsConfig,
    space: Space,
    image: Shape,
    classes: int,
    on_progress: Callable[[int, int], None] | None = None,
) -> str | None:
    """Returns a warning where hardly any architecture keeps to all limits at once, None where enough do.

    Raises `InfeasibleError` where of many none does.
    """
    if config.resolve() == Limits():
        return None
    found = tally(space, image, classes, config.resolve(), Random(0), on_progress=on_progress)
    told = _found(found, config, space)
    if found.is_none:
        raise InfeasibleError(f"{told}; allow more, or use a space with fewer filters or blocks")
    return f"{told}; the search may end before its budget" if found.is_rare else None


def check_size(config: SearchConfig, space: Space) -> str | None:
    """Returns a warning where a space has fewer architectures than the budget would train, None where it has enough."""
    trials = config.budget.trials
    if trials is None or space.size * config.strategy.repeats >= trials:
        return None
    repeats = config.strategy.repeats
    return (
        f"budget.trials: expected no more than space {space.name!r} has architectures, {space.size:,} with "
        f"{repeats:,} {'training' if repeats == 1 else 'trainings'} each, got {trials:,}; the search ends before its "
        "budget"
    )


def _found(found: Tally, config: LimitsConfig, space: Space) -> str:
    known = (("max_params", config.max_params), ("max_macs", config.max_macs))
    limits = " and ".join(f"{name} {limit:,}" for name, limit in known if limit is not None)
    which = f"all {found.seen:,}" if found.is_complete else f"{found.seen:,} random ones"
    return (
        f"limits: expected more than one in {1 / RARE:,.0f} architectures of space {space.name!r} to keep to {limits} "
        f"for these pictures, got {found.allowed} of {which}"
    )
