"""The cheapest of many combinations, where what one choice adds to the cost does not depend on the others."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import TypeVar

from search_spaces.complexity import Cost

Key = TypeVar("Key")
Option = TypeVar("Option")
Whole = TypeVar("Whole")

MEASURES: tuple[Callable[[Cost], int], ...] = tuple(
    attrgetter(name) for name in ("parameters", "multiply_adds", "activation_bytes")
)


def cheapest_combinations(
    choices: Mapping[Key, Sequence[Option]],
    combine: Callable[[Mapping[Key, Option]], Whole],
    price: Callable[[Whole], Cost],
) -> Iterator[Whole]:
    """Yields for each measure a whole, made by `combine` of one option a key, that costs least.

    Each choice is made alone, the others being anything: as many prices are asked for as there are options.
    """
    anything = {key: options[0] for key, options in choices.items()}
    prices = {
        key: [(price(combine({**anything, key: option})), option) for option in options]
        for key, options in choices.items()
    }
    for measure in MEASURES:
        cheapest = {key: min(priced, key=lambda pair: measure(pair[0])) for key, priced in prices.items()}
        yield combine({key: option for key, (_, option) in cheapest.items()})
