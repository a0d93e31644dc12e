"""The strategies of a comparison, as they are written on the command line.

| text                                          | stands for                                       |
|-----------------------------------------------|--------------------------------------------------|
| `evolution`                                   | the strategy with its defaults                   |
| `evolution:real2019`                          | one of its presets                               |
| `evolution[population=30,sample=25]`          | the strategy with these settings, others default |
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nas.bench.refusals import BenchmarkError
from nas.strategies.base import Strategy
from nas.strategies.registry import DEFAULT_STRATEGY, SLOW, build_strategy, strategy_names
from search_spaces.space import Space

IN_BETTER_SETTINGS = ("evolution:medium", "evolution:small", "pqt:improved", "reinforce:improved")
"""Compared too where nothing is named: the strongest rivals at their best, and how far the policy gradients can go."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A strategy and its settings; `text` is what it is called in the results."""

    text: str
    name: str
    settings: Mapping[str, str]

    def build(self, space: Space, seed: int) -> Strategy:
        """Returns it, fresh; raises what `build_strategy` raises."""
        return build_strategy(self.name, space, seed, **self.settings)


def read_contestants(text: str) -> tuple[Contestant, ...]:
    """Returns the strategies of a list with commas; raises `BenchmarkError` where one is there twice or misspelt."""
    parts = [part.strip() for part in re.split(r",(?![^\[]*\])", text)]
    found = tuple(_read(part) for part in parts if part)
    twice = sorted({one.text for one in found if found.count(one) > 1})
    if twice or not found:
        got = f"{', '.join(twice)} more than once" if twice else "none"
        raise BenchmarkError(
            f"--strategies: expected different strategies, such as controller,random, got {got}"
        )
    return found


def _read(text: str) -> Contestant:
    matched = re.fullmatch(r"([^\[\]]+)(?:\[([^\[\]]*)\])?", text)
    settings = [part.partition("=") for part in (matched[2] or "").split(",")] if matched else []
    if matched is None or (matched[2] and not all(equals for _, equals, _ in settings)):
        raise BenchmarkError(f"--strategies: expected NAME, NAME:PRESET or NAME[KEY=VALUE,...], got {text!r}")
    given = [(key.strip(), value.strip()) for key, equals, value in settings if equals]
    if len(dict(given)) < len(given):
        raise BenchmarkError(
            f"--strategies: expected each setting once, got one twice in {text!r}; leave one out"
        )
    return Contestant(text, matched[1], dict(given))


def default_contestants() -> tuple[Contestant, ...]:
    """Returns one strategy of each family and a few in better settings; what takes long is compared when named."""
    names = sorted({*strategy_names(), *IN_BETTER_SETTINGS} - set(SLOW))
    names.sort(key=lambda name: name != DEFAULT_STRATEGY)
    return tuple(map(_read, names))


def reference_of(contestants: Sequence[Contestant]) -> int:
    """Returns the number of the strategy that the others are held against: the default, or else the first."""
    texts = [one.text for one in contestants]
    return texts.index(DEFAULT_STRATEGY) if DEFAULT_STRATEGY in texts else 0
