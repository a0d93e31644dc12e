"""The state of Python's random numbers as plain JSON."""

from random import Random

RandomState = list[object]


def random_state(random: Random) -> RandomState:
    """Returns what `restore_random` takes."""
    version, words, spare = random.getstate()
    return [version, list(words), spare]


def restore_random(random: Random, state: RandomState) -> None:
    """Puts the generator where it was when `random_state` returned `state`."""
    version, words, spare = state
    assert isinstance(words, list)
    random.setstate((version, tuple(words), spare))
