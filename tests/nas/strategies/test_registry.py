"""Strategies by name, preset and sampler, and what is said of names and settings that do not fit."""

import subprocess
import sys

import pytest
from click import Option

from nas.cli.search import search
from nas.config import StrategyConfig
from nas.errors import ConfigError, UnknownNameError
from nas.strategies.controller.strategy import Controller
from nas.strategies.evolution import Evolution, EvolutionSettings
from nas.strategies.grid import Grid
from nas.strategies.local import LocalSearch
from nas.strategies.optuna.samplers import UNFIT, known_samplers
from nas.strategies.optuna.strategy import OptunaSearch
from nas.strategies.policy_gradient.presets import PRESETS
from nas.strategies.policy_gradient.strategy import PolicyGradient
from nas.strategies.random import RandomSearch
from nas.strategies.registry import (
    DEFAULT_STRATEGY,
    SAMPLERS,
    SLOW,
    all_strategy_names,
    build_strategy,
    strategy_names,
)
from search_spaces.spaces.toy import ToySpace

SPACE = ToySpace()


def test_a_name_for_each_family_the_default_first() -> None:
    built = {name: type(build_strategy(name, SPACE, 0)) for name in strategy_names()}
    assert built == {
        "controller": Controller,
        "random": RandomSearch,
        "grid": Grid,
        "local": LocalSearch,
        "evolution": Evolution,
        "reinforce": PolicyGradient,
        "ppo": PolicyGradient,
        "enas": PolicyGradient,
        "pqt": PolicyGradient,
        "optuna:tpe": OptunaSearch,
        "optuna:nsgaii": OptunaSearch,
        "optuna:gp": OptunaSearch,
    }
    assert strategy_names()[0] == "controller"
    assert set(SLOW) <= set(strategy_names())


def test_all_names_are_built_and_none_is_there_twice() -> None:
    names = all_strategy_names()
    assert len(names) == len(set(names))
    assert set(strategy_names()) <= set(names)
    for name in names:
        assert len(build_strategy(name, SPACE, 0).ask(2)) == 2


def test_every_preset_and_sampler_is_listed() -> None:
    listed = set(all_strategy_names())
    assert {f"{family}:{preset}" for family, presets in PRESETS.items() for preset in presets} <= listed
    assert set(SAMPLERS) == known_samplers().keys() - UNFIT.keys()


def test_listing_names_imports_neither_torch_nor_optuna() -> None:
    code = (
        "import sys; from nas.strategies.registry import all_strategy_names; all_strategy_names();"
        "sys.exit(bool({'torch', 'optuna'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_preset_is_where_settings_start_from() -> None:
    small = build_strategy("evolution:small", SPACE, 3)
    assert _settings(small) == EvolutionSettings(population=30, sample=25)
    assert _settings(build_strategy("evolution:small", SPACE, 3, sample="7")) == EvolutionSettings(30, 7)
    assert _settings(build_strategy("evolution", SPACE, 3)) == EvolutionSettings(100, 25)
    assert _settings(build_strategy("ppo", SPACE, 3)) == PRESETS["ppo"]["published"]
    assert _settings(build_strategy("ppo:improved", SPACE, 3)) == PRESETS["ppo"]["improved"]


def _settings(strategy: object) -> object:
    return vars(strategy)["_settings"]


@pytest.mark.parametrize("name", ["optuna:TPE", "optuna:TPESampler", "optuna:tpesampler"])
def test_a_sampler_goes_by_the_name_of_its_class_too(name: str) -> None:
    plain = build_strategy("optuna:tpe", SPACE, 1)
    assert build_strategy(name, SPACE, 1).ask(5) == plain.ask(5)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("reinforced", r"strategy 'reinforced' is not known; known: .* Did you mean 'reinforce'\?"),
        (
            "evolution:smal",
            r"strategy 'evolution': preset 'smal' is not known; known: .*Did you mean 'small'\?",
        ),
        ("evolution:", "strategy 'evolution': preset '' is not known; known: medium, published, small"),
        ("random:fast", r"strategy 'random:fast' is not known; known: random\. Did you mean 'random'\?"),
        ("optuna:tpes", r"optuna sampler 'tpes' is not known; known: bruteforce, .*Did you mean 'tpe'\?"),
        ("optuna:base", "optuna sampler 'base' is not known; known: "),
        ("optuna", r"optuna sampler '' is not known; known: bruteforce, gp, grid"),
    ],
)
def test_an_unknown_name_gets_the_nearest(name: str, said: str) -> None:
    with pytest.raises(UnknownNameError, match=said):
        build_strategy(name, SPACE, 0)


@pytest.mark.parametrize(
    ("name", "why"),
    [("optuna:cmaes", "over real numbers, .*"), ("optuna:PartialFixedSampler", "another sampler")],
)
def test_a_sampler_that_cannot_choose_among_options_says_why(name: str, why: str) -> None:
    with pytest.raises(
        ConfigError,
        match=f"strategy '{name}': expected .*, got one that cannot: .*{why}; use one of bruteforce",
    ):
        build_strategy(name, SPACE, 0)


def test_everything_wrong_with_the_settings_is_said_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        build_strategy(
            "reinforce", SPACE, 0, learning_rat=0.1, hidden=-1, scores="ranks", entropy_weight=float("nan")
        )
    text = str(caught.value)
    assert text.startswith("strategy 'reinforce': learning_rat: not a known setting; known: baseline_decay, ")
    assert "Did you mean 'learning_rate'?" in text
    assert "hidden: input should be greater than or equal to 0, got -1" in text
    assert "scores: input should be 'rank', 'raw' or 'cubed', got 'ranks'" in text
    assert "entropy_weight: " in text


@pytest.mark.parametrize("name", ["random", "grid", "local", "optuna:qmc"])
def test_strategies_without_settings_take_none(name: str) -> None:
    with pytest.raises(ConfigError, match=f"strategy '{name}': seed: not a known setting; there is none"):
        build_strategy(name, SPACE, 0, seed=1)


def test_what_the_user_is_told_names_every_family() -> None:
    help_text = next(
        one.help for one in search.params if isinstance(one, Option) and one.name == "strategy__name"
    )
    told = StrategyConfig.model_fields["name"].description
    assert StrategyConfig().name == DEFAULT_STRATEGY
    for name in strategy_names():
        assert name.split(":")[0] in (told or "")
        assert name.split(":")[0] in (help_text or "")


def test_more_cannot_compete_than_are_alive() -> None:
    with pytest.raises(
        ConfigError, match="sample: expected at most the population of 10, got 11; set a smaller"
    ):
        build_strategy("evolution:small", SPACE, 1, population="10", sample="11")
    assert build_strategy("evolution", SPACE, 1, population=10, sample=10).ask(1)
