"""Strategies as they are written on the command line."""

import pytest

from nas.bench.contestants import default_contestants, read_contestants, reference_of
from nas.bench.refusals import BenchmarkError
from nas.errors import ConfigError
from nas.strategies.registry import SLOW, all_strategy_names, strategy_names
from search_spaces.errors import UnknownNameError
from search_spaces.registry import build_space


def test_names_presets_and_settings():
    first, second, third = read_contestants(
        "random, evolution:real2019,reinforce[hidden=8, learning_rate=0.1]"
    )
    assert (first.text, first.name, first.settings) == ("random", "random", {})
    assert second.name == "evolution:real2019"
    assert third.text == "reinforce[hidden=8, learning_rate=0.1]"
    assert (third.name, third.settings) == ("reinforce", {"hidden": "8", "learning_rate": "0.1"})
    assert len(third.build(build_space("toy"), 0).ask(3)) == 3


@pytest.mark.parametrize("text", ["random[", "random[a]", "[a=1]", "random]x["])
def test_what_is_misspelt(text):
    with pytest.raises(BenchmarkError, match=r"expected NAME, NAME:PRESET or NAME\[KEY=VALUE,...\], got "):
        read_contestants(text)


@pytest.mark.parametrize(("text", "got"), [("random,grid,random", "random more than once"), (" , ", "none")])
def test_every_strategy_once(text, got):
    with pytest.raises(BenchmarkError, match=f"got {got}"):
        read_contestants(text)


def test_every_setting_once():
    with pytest.raises(BenchmarkError, match="each setting once, got one twice in 'evolution:small"):
        read_contestants("random,evolution:small[population=5, population=6]")


def test_strategies_refuse_in_their_own_words():
    space = build_space("toy")
    with pytest.raises(UnknownNameError, match="Did you mean 'random'"):
        read_contestants("rondom")[0].build(space, 0)
    with pytest.raises(ConfigError, match="learning_rate"):
        read_contestants("reinforce[learning_rate=-1]")[0].build(space, 0)


def test_what_is_compared_by_default_is_every_family_but_what_is_slow():
    texts = [one.text for one in default_contestants()]
    assert set(strategy_names()) - set(texts) == set(SLOW)
    assert set(texts) <= set(all_strategy_names())


def test_the_default_is_the_reference_where_it_takes_part():
    default = strategy_names()[0]
    assert reference_of(read_contestants(f"random,{default},grid")) == 1
    assert reference_of(read_contestants("grid,random")) == 0
