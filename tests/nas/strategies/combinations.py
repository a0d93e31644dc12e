"""Every strategy in every combination of wrappers, over the toy space: what the tests of the contract run over."""

from collections.abc import Callable, Mapping

from nas.strategies.base import Strategy
from nas.strategies.deduplicated import Deduplicated
from nas.strategies.graded import Graded
from nas.strategies.limited import Limited
from nas.strategies.registry import SAMPLERS, build_strategy, strategy_names
from nas.strategies.repeated import Repeated
from nas.strategies.wrapped import wrapped
from search_spaces.architecture import Architecture
from search_spaces.space import Space
from search_spaces.spaces.toy import ToySpace
from workers.job import FailureKind

SPACE = ToySpace()
Build = Callable[[int], Strategy]

NAMES = [
    *strategy_names(),
    *(name for sampler in SAMPLERS if (name := f"optuna:{sampler}") not in strategy_names()),
]
EARLY: Mapping[str, Mapping[str, object]] = {
    "controller": {"first_results": 4, "results_per_update": 2, "drawn": 16, "drawn_hot": 16, "mutated": 16},
    "evolution": {"population": 5, "sample": 3},
    "reinforce": {"results_per_update": 2},
    "ppo": {"results_per_update": 2},
    "pqt": {"results_per_update": 2, "queue_size": 2},
    "optuna:tpe": {"startup": 4},
    "optuna:gp": {"startup": 4},
    "optuna:nsgaii": {"population": 4},
    "optuna:nsgaiii": {"population": 4},
}
"""Settings with which a strategy begins to learn within the few trials of a test."""
SLOW = ("optuna:gp",)
"""Has tests of its own, with fewer draws."""


def is_feasible(architecture: Architecture) -> bool:
    return sum(architecture.tokens) >= 2


def measure(architecture: Architecture) -> float | FailureKind:
    """An accuracy, but every kind of failure for some architectures."""
    number = sum(token << position for position, token in enumerate(architecture.tokens))
    kinds = list(FailureKind)
    return kinds[number % 5] if number % 4 == 0 else (number * 37 % 101) / 101


def plain(name: str, space: Space = SPACE) -> Build:
    return lambda seed: build_strategy(name, space, seed, **EARLY.get(name, {}))


def combinations(inner: Build) -> dict[str, Build]:
    """Returns each way to wrap a strategy, by name; failures are always graded, as the contract says."""
    graded: Build = lambda seed: Graded(inner(seed))  # noqa: E731
    return {
        "graded": graded,
        "limited deduplicated": lambda seed: Limited(
            Deduplicated(graded(seed), SPACE.canonical_key), is_feasible
        ),
        "repeated": lambda seed: Repeated(graded(seed), 2),
        "all": lambda seed: wrapped(
            inner(seed), SPACE.canonical_key, is_feasible=is_feasible, repeats=2, space=SPACE
        ),
    }


BUILDS: dict[str, Build] = {
    f"{wrapping} {name}": build
    for name in NAMES
    for wrapping, build in combinations(plain(name)).items()
    if name not in SLOW and (name in strategy_names() or wrapping == "all")
}
