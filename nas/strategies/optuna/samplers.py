"""Which of Optuna's samplers can choose among named options, and how each is made.

Made anew for every draw, with a seed of its own: so a sampler has no state but the study, and that is plain data.

| sampler                                   | in a space of decisions                                              |
|-------------------------------------------|----------------------------------------------------------------------|
| TPE, GP, NSGAII, NSGAIII, Random, QMC     | as it is                                                             |
| BruteForce, Grid                          | as it is; Grid lists the whole space, so that has to be a small one  |
| CmaEs                                     | no: a distribution over real numbers, options would be drawn blindly |
| PartialFixed                              | no: it stands around another sampler                                 |
| others that a later Optuna may have       | made with a seed alone                                               |
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
import optuna
from annotated_types import Ge, Le
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from nas.errors import ConfigError
from nas.strategies.settings import NoSettings
from search_spaces.errors import unknown_name

GRID_LIMIT = 100_000
"""Architectures that Optuna's grid, which is a list, may have."""
Distributions = Mapping[str, CategoricalDistribution]
Judges = Callable[[Mapping[str, "np.ndarray[Any, Any]"]], "np.ndarray[Any, Any]"]
"""From candidates, an array of options for each decision, to whether each of them may be proposed."""


@dataclass(frozen=True, slots=True)
class TpeSettings:
    """Of the tree-structured Parzen estimator (Bergstra et al. 2011), over all decisions together."""

    startup: Annotated[int, Ge(1), Le(100_000)] = 10
    """Results before there is a model; Optuna's own [10-50]."""
    candidates: Annotated[int, Ge(1), Le(100_000)] = 24
    """Drawn from the good ones' density, of which the best that may be proposed is; Optuna's own [24-256]."""


@dataclass(frozen=True, slots=True)
class GpSettings:
    """Of the Gaussian process."""

    startup: Annotated[int, Ge(1), Le(100_000)] = 10
    """Results before there is a model; Optuna's own [10-50]."""


@dataclass(frozen=True, slots=True)
class NsgaSettings:
    """Of the genetic algorithms NSGA-II (Deb et al. 2002) and NSGA-III (Deb and Jain 2014)."""

    population: Annotated[int, Ge(2), Le(100_000)] = 50
    """Of one generation; Optuna's own [20-100]."""


@dataclass(frozen=True)
class Order:
    """What a sampler is made for."""

    distributions: Distributions
    settings: Any
    seed: int
    permitted: Judges


@dataclass(frozen=True)
class Kind:
    """How a sampler is made, and what it asks of whoever uses it."""

    make: Callable[[Order], BaseSampler]
    settings: type = NoSettings
    relative: bool = False
    """Whether it draws all decisions together as soon as there is a result, and none of them before."""
    redraws: int = 16
    """So many rejected in a row, and it has nothing more to say."""
    check: Callable[[Distributions], None] = field(default=lambda _: None)
    """Raises `ConfigError` for a space that it cannot do."""


class _ChoosingTpe(TPESampler):
    """Chooses among the candidates that may be proposed; Optuna's own would draw the same best one again and again."""

    def __init__(self, order: Order) -> None:
        super().__init__(
            seed=order.seed,
            multivariate=True,
            constant_liar=True,
            n_startup_trials=order.settings.startup,
            n_ei_candidates=order.settings.candidates,
        )
        self._permitted = order.permitted

    def _compute_acquisition_func(self, samples: Any, mpe_below: Any, mpe_above: Any) -> Any:
        values = super()._compute_acquisition_func(samples, mpe_below, mpe_above)
        return np.where(self._permitted(samples), values, -np.inf)


class KnownSpace(BaseSampler):
    """A sampler that need not find out from all trials, at each draw, that each had the same decisions."""

    def __init__(self, sampler: BaseSampler, distributions: Distributions) -> None:
        self._sampler = sampler
        self._space: dict[str, BaseDistribution] = {
            name: one for name, one in distributions.items() if not one.single()
        }

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:  # noqa: ARG002, D102
        done = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        return self._space if done else {}

    def sample_relative(  # noqa: D102
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(  # noqa: D102
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:  # noqa: D102
        self._sampler.before_trial(study, trial)


def _check_grid(distributions: Distributions) -> None:
    size = 1
    for one in distributions.values():
        size *= len(one.choices)
    if size > GRID_LIMIT:
        raise ConfigError(
            f"strategy 'optuna:grid': expected a space of at most {GRID_LIMIT:,} architectures, which it lists, "
            f"got {size:,}; use grid, which does not"
        )


def _grid(order: Order) -> BaseSampler:
    choices = {name: list(one.choices) for name, one in order.distributions.items()}
    return optuna.samplers.GridSampler(choices, seed=0)  # the order of its list must not change between draws


def _nsga(sampler: Any) -> Callable[[Order], BaseSampler]:
    return lambda order: sampler(seed=order.seed, population_size=order.settings.population)


KINDS: Mapping[str, Kind] = {
    "tpe": Kind(_ChoosingTpe, TpeSettings, relative=True),
    "gp": Kind(
        lambda order: optuna.samplers.GPSampler(seed=order.seed, n_startup_trials=order.settings.startup),
        GpSettings,
        relative=True,
        redraws=2,
    ),
    "nsgaii": Kind(_nsga(optuna.samplers.NSGAIISampler), NsgaSettings, relative=True),
    "nsgaiii": Kind(_nsga(optuna.samplers.NSGAIIISampler), NsgaSettings, relative=True),
    "grid": Kind(_grid, check=_check_grid),
}
"""Those that are made with more than a seed."""

UNFIT: Mapping[str, str] = {
    "cmaes": "it adapts a normal distribution over real numbers, and decisions between options would be drawn blindly",
    "partialfixed": "it only fixes decisions of another sampler",
}


def known_samplers() -> dict[str, str]:
    """Returns the name of each sampler that Optuna has, in lower case without "Sampler", and that of its class."""
    return {
        name.removesuffix("Sampler").lower(): name
        for name in optuna.samplers.__all__
        if name.endswith("Sampler") and not name.startswith("Base")
    }


def find_kind(name: str) -> Kind:
    """Returns how the sampler of that name is made; case and "Sampler" at the end do not matter.

    Raises `UnknownNameError`, or `ConfigError` for one that cannot choose among options.
    """
    plain, known = name.lower().removesuffix("sampler"), known_samplers()
    if plain in UNFIT:
        fit = ", ".join(sorted(known.keys() - UNFIT.keys()))
        raise ConfigError(
            f"strategy 'optuna:{name}': expected a sampler that can choose among options, got one that cannot: "
            f"{UNFIT[plain]}; use one of {fit}"
        )
    if plain not in known:
        raise unknown_name("optuna sampler", name, known.keys() - UNFIT.keys())
    sampler = getattr(optuna.samplers, known[plain])
    return KINDS.get(plain) or Kind(lambda order: sampler(seed=order.seed))


def make_sampler(kind: Kind, order: Order) -> BaseSampler:
    """Returns a fresh sampler; that some are called experimental by Optuna is for us to know, not for the user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        sampler = kind.make(order)
    return KnownSpace(sampler, order.distributions) if kind.relative else sampler
