"""Strategies by name, and what is said of names and settings that do not fit."""

import pytest

from nas.errors import ConfigError, UnknownNameError
from nas.strategies.grid import Grid
from nas.strategies.random import RandomSearch
from nas.strategies.registry import build_strategy, strategy_names
from nas.strategies.reinforce import Reinforce, ReinforceSettings
from search_spaces.spaces.toy import ToySpace

SPACE = ToySpace()


def test_names_and_classes() -> None:
    built = {name: type(build_strategy(name, SPACE, 0)) for name in strategy_names()}
    assert built == {"reinforce": Reinforce, "random": RandomSearch, "grid": Grid}
    assert all(built[name].name == name for name in built)


def test_settings_reach_the_strategy() -> None:
    settings = ReinforceSettings(learning_rate=0.02, results_per_update=1, scores="raw")
    by_name = build_strategy("reinforce", SPACE, 3, learning_rate=0.02, results_per_update=1, scores="raw")
    assert by_name.save() == Reinforce(SPACE, 3, settings).save()
    assert (
        build_strategy("reinforce", SPACE, 3, hidden=8).save()
        == Reinforce(SPACE, 3, ReinforceSettings(hidden=8)).save()
    )


def test_text_is_read_as_the_number_it_spells() -> None:
    assert (
        build_strategy("reinforce", SPACE, 3, hidden="8").save()
        == build_strategy("reinforce", SPACE, 3, hidden=8).save()
    )


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(
        UnknownNameError, match=r"strategy 'reinforced' is not known; known: .* Did you mean 'reinforce'\?"
    ):
        build_strategy("reinforced", SPACE, 0)


def test_everything_wrong_with_the_settings_is_said_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        build_strategy(
            "reinforce", SPACE, 0, learning_rat=0.1, hidden=0, scores="ranks", entropy_weight=float("nan")
        )
    text = str(caught.value)
    assert text.startswith("strategy 'reinforce': learning_rat: not a known setting; known: baseline_decay, ")
    assert "Did you mean 'learning_rate'?" in text
    assert "hidden: input should be greater than or equal to 1, got 0" in text
    assert "scores: input should be 'rank' or 'raw', got 'ranks'" in text
    assert "entropy_weight: " in text


@pytest.mark.parametrize("name", ["random", "grid"])
@pytest.mark.parametrize("setting", ["seed", "space", "learning_rate"])
def test_strategies_without_settings_take_none(name: str, setting: str) -> None:
    with pytest.raises(
        ConfigError, match=f"strategy '{name}': {setting}: not a known setting; there is none"
    ):
        build_strategy(name, SPACE, 0, **{setting: 1})
