"""Effects on one scale: where each interval begins and ends, from 0 at the left to 100 at the right."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from nas.objectives import ACCURACY, Objective
from nas.report.formats import UNKNOWN
from nas.web.view.answers import Effect

WIDTH = 100.0
MARGIN = 0.04
"""Part of the width that stays free at either end."""
LEAST_SPAN = 1e-9
MOST_OPTIONS = 60


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One effect, its numbers as they are shown, its places on the scale."""

    effect: Effect
    mean: str
    difference: str
    low_shown: str
    high_shown: str
    low: float | None
    middle: float | None
    high: float | None
    sign: str
    """"up" and "down" where the effect is clear, "open" where it is not."""

    @property
    def filter(self) -> str:
        """What the table of trials has to be asked for to show the trials with it."""
        return f"{self.effect.decision}={self.effect.option}" if self.effect.decision else self.effect.option


@dataclass(frozen=True, slots=True)
class EffectPlot:
    """The rows, and the place of no difference."""

    rows: tuple[EffectRow, ...]
    zero: float
    unit: str
    """Of the differences; empty for plain numbers."""


def listed_options(effects: Sequence[Effect]) -> Sequence[Effect]:
    """Returns the effects of options to list: all of a small space, of another those that are clear."""
    return effects if len(effects) <= MOST_OPTIONS else [effect for effect in effects if effect.is_clear]


def effect_plot(
    effects: Iterable[Effect], objective: Objective | None, shown: Callable[[float | None], str]
) -> EffectPlot:
    """Returns effects ready to be drawn; `shown` writes a reward, which `objective` says the unit of."""
    known = [effect for effect in effects if effect.mean is not None]
    ends = [end for effect in known for end in (effect.low, effect.high) if end is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    span = max(high - low, LEAST_SPAN)

    def place(value: float | None) -> float | None:
        if value is None:
            return None
        return round(WIDTH * (MARGIN + (1 - 2 * MARGIN) * (value - low) / span), 2)

    def written(value: float | None) -> str:
        return difference_shown(value, objective)

    rows = tuple(
        EffectRow(
            effect,
            shown(effect.mean),
            written(effect.difference),
            written(effect.low),
            written(effect.high),
            place(effect.low),
            place(effect.difference),
            place(effect.high),
            _sign(effect),
        )
        for effect in known
    )
    return EffectPlot(rows, place(0.0) or 0.0, "points" if _is_accuracy(objective) else "")


def difference_shown(value: float | None, objective: Objective | None) -> str:
    """Returns a difference of rewards: in percentage points of an accuracy, "+1.30", else as a plain number."""
    if value is None:
        return UNKNOWN
    return f"{100 * value:+.2f}" if _is_accuracy(objective) else f"{value:+.4g}"


def _is_accuracy(objective: Objective | None) -> bool:
    return objective is not None and objective.measure == ACCURACY


def _sign(effect: Effect) -> str:
    if not effect.is_clear or effect.difference is None:
        return "open"
    return "up" if effect.difference > 0 else "down"
