"""The axes of a plot: which numbers are shown, where they lie, and the ticks between."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

STEPS = (1, 2, 5)
TICKS = 6
"""About how many ticks an axis has."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers from `low` to `high`, laid out between two places in pixels; evenly, or by their logarithms."""

    low: float
    high: float
    start: float
    end: float
    is_logarithmic: bool = False

    def place(self, value: float) -> float:
        """Returns where a number lies, also where that is outside of the scale."""
        low, high = self.low, self.high
        if self.is_logarithmic:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return self.start + (self.end - self.start) * (value - low) / (high - low)

    def ticks(self) -> list[float]:
        """Returns round numbers within the range, ascending."""
        if self.is_logarithmic:
            first, last = (math.floor(math.log10(one)) for one in (self.low, self.high))
            every = [step * 10.0**power for power in range(first, last + 1) for step in STEPS]
            return [tick for tick in every if self.low <= tick <= self.high]
        step = _round_step((self.high - self.low) / TICKS)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(index * step, 12) for index in range(first, last + 1)]


def trial_scale(trials: float, start: float, end: float) -> Scale:
    """Returns a logarithmic scale for counts up to `trials`; it begins where curves begin to say something."""
    return Scale(max(1.0, trials / 25), max(2.0, trials), start, end, is_logarithmic=True)


def score_scale(scores: Iterable[float], start: float, end: float) -> Scale:
    """Returns an even scale that holds the scores, with a little room on both sides."""
    known = list(scores)
    low, high = min(known, default=0.0), max(known, default=1.0)
    room = 0.04 * (high - low) or max(abs(low), 1.0) * 0.01
    return Scale(low - room, high + room, start, end)


def tick_text(tick: float) -> str:
    """Returns a tick's number, with no more decimals than it needs."""
    return f"{tick:,.10g}"


def _round_step(step: float) -> float:
    """Returns the smallest of 1, 2, 5, 10, 20, ... times a power of ten that is not below `step`."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * one for one in (*STEPS, 10) if power * one >= step * (1 - 1e-9))
