"""The companions of a search: what they change, and nothing else."""

import pytest

from nas.companions import (
    companion_name,
    random_companion,
    reference_companion,
    reference_of_no_more_parameters,
)
from nas.config import load_config
from search_spaces.complexity import cost
from search_spaces.reference import find_network, resnet
from search_spaces.registry import build_space

CONFIG = load_config(
    None, {"name": "mine", "recipe": {"epochs": 3}, "limits": {"max_params": 50_000}, "seed": 5}
)


def differing(left, right) -> set[str]:
    return {key for key in type(left).model_fields if getattr(left, key) != getattr(right, key)}


def test_random_search_differs_in_name_and_strategy_only():
    companion = random_companion(CONFIG)
    assert differing(CONFIG, companion) == {"name", "strategy"}
    assert (companion.name, companion.strategy.name) == ("mine-random", "random")


def test_the_reference_keeps_data_recipe_and_seed():
    companion = reference_companion(CONFIG, "resnet8_w4")
    assert differing(CONFIG, companion) == {"name", "space", "strategy", "budget", "limits"}
    assert companion.name == companion_name("mine", "reference")
    assert build_space(companion.space.name, **companion.space.settings).size == 1


def test_the_companions_are_trained_as_often_as_the_networks_of_the_search():
    config = load_config(None, {"strategy": {"name": "local", "repeats": 3}})
    reference = reference_companion(config, "resnet8_w4")
    assert (reference.strategy.repeats, reference.budget.trials) == (3, 3)
    assert random_companion(config).strategy.repeats == 3


@pytest.mark.parametrize("image", [(1, 8, 8), (3, 32, 32)])
def test_the_largest_network_of_no_more_parameters_is_chosen(image):
    prices = {name: cost(find_network(name).network(image, 10)).parameters for name in resnet.SIZES}
    for name, parameters in prices.items():
        chosen = reference_of_no_more_parameters(parameters, image, 10)
        assert chosen is not None
        assert prices[chosen] == parameters
        assert reference_of_no_more_parameters(parameters - 1, image, 10) != name
    assert reference_of_no_more_parameters(min(prices.values()) - 1, image, 10) is None


@pytest.mark.parametrize(("side", "sides"), [(32, (32, 32)), (224, (224, 331)), (96, (32, 331))])
def test_the_rival_was_made_for_pictures_of_about_this_size(side, sides):
    """Between the sizes of the literature, every network that fits is a rival."""
    image = (3, side, side)
    lowest, highest = sides
    for parameters in (10_000_000, 30_000_000, 200_000_000):
        chosen = reference_of_no_more_parameters(parameters, image, 10)
        assert chosen is not None
        network = find_network(chosen)
        assert lowest <= network.image[1] <= highest
        assert cost(network.network(image, 10)).parameters <= parameters


def test_a_network_smaller_than_all_made_for_its_pictures_has_a_rival_still():
    chosen = reference_of_no_more_parameters(50_000, (3, 224, 224), 10)
    assert chosen is not None
    assert find_network(chosen).image == (3, 32, 32)
