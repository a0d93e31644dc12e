"""The companions of a search, for an honest comparison: what else could have been done with the same budget and recipe.

| companion   | differs from the search in                                                             |
|-------------|----------------------------------------------------------------------------------------|
| random      | the strategy: architectures of the same space drawn uniformly, as many of them         |
| reference   | the space: one hand-designed network, the largest of no more parameters than the found |

A companion is a search of its own in the same database, called `NAME-random` or `NAME-reference`; a NAME too long for
that is cut short.
"""

import hashlib

from nas.config import NAME_LENGTH, BudgetConfig, LimitsConfig, SearchConfig, SpaceConfig, StrategyConfig
from search_spaces.graph import Shape
from search_spaces.reference import find_network
from search_spaces.registry import build_space

RANDOM, REFERENCE = "random", "reference"


def companion_name(name: str, kind: str) -> str:
    """Returns what the companion of search `name` is called, in no more characters than a name may have."""
    usual = f"{name}-{kind}"
    if len(usual) <= NAME_LENGTH:
        return usual
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]  # two long names may begin alike
    ending = f"-{digest}-{kind}"
    return name[: NAME_LENGTH - len(ending)] + ending


def random_companion(config: SearchConfig) -> SearchConfig:
    """Returns the same search by random search."""
    strategy = StrategyConfig(name="random", repeats=config.strategy.repeats)
    return config.model_copy(update={"name": companion_name(config.name, RANDOM), "strategy": strategy})


def reference_companion(config: SearchConfig, network: str) -> SearchConfig:
    """Returns the training of one hand-designed network with the search's recipe, as often as the search trains one."""
    return config.model_copy(
        update={
            "name": companion_name(config.name, REFERENCE),
            "space": SpaceConfig(name="reference", settings={"networks": network}),
            "strategy": StrategyConfig(name="grid", repeats=config.strategy.repeats),
            "budget": BudgetConfig(trials=config.strategy.repeats),
            "limits": LimitsConfig(),
        }
    )


def reference_of_no_more_parameters(parameters: int, image: Shape, classes: int) -> str | None:
    """Returns the name of the largest hand-designed network of at most `parameters`, None where all are larger.

    It is one made for pictures of half to twice this size, if there is any: others would be too easy to beat.
    """
    space = build_space("reference").fitted(image, classes)
    prices = {
        name: space.price(architecture, image, classes).parameters
        for name, architecture in space.named.items()
    }
    fitting = [name for name in prices if prices[name] <= parameters]
    rivals = [name for name in fitting if _is_of_this_size(find_network(name).image, image)]
    return max(rivals or fitting, key=prices.__getitem__, default=None)


def _is_of_this_size(published: Shape, image: Shape) -> bool:
    side, published_side = max(image[1:]), max(published[1:])
    return side <= 2 * published_side and published_side <= 2 * side
