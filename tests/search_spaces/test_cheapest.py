"""Choices made one by one against all combinations."""

from itertools import product
from random import Random

from search_spaces.cheapest import MEASURES, cheapest_combinations
from search_spaces.complexity import Cost, total


def test_each_choice_alone_gives_the_cheapest_of_all_combinations():
    rng = Random(0)
    choices = {key: range(size) for key, size in (("a", 3), ("b", 1), ("c", 4))}
    costs = {
        (key, option): Cost(*(rng.randrange(9) for _ in range(3)))
        for key in choices
        for option in choices[key]
    }
    asked = []

    def price(combination: tuple[tuple[str, int], ...]) -> Cost:
        asked.append(combination)
        return total(costs[pair] for pair in combination)

    def combine(chosen) -> tuple[tuple[str, int], ...]:
        return tuple(sorted(chosen.items()))

    found = list(cheapest_combinations(choices, combine, price))
    assert len(asked) == 3 + 1 + 4
    everything = [combine(dict(zip(choices, options, strict=True))) for options in product(*choices.values())]
    for measure, combination in zip(MEASURES, found, strict=True):
        assert measure(price(combination)) == min(measure(price(one)) for one in everything)


def test_nothing_to_choose_is_one_combination():
    assert list(cheapest_combinations({}, dict, lambda _: Cost())) == [{}] * len(MEASURES)
