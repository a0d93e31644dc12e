"""Trials side by side: what was measured, and where their architectures differ, decision by decision."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nas.report.formats import format_count, format_milliseconds, format_percent, format_seconds
from nas.storage.records import SearchRecord
from nas.trial import Trial
from nas.web.pages.rendering import format_value
from nas.web.pages.spaces import choices, find_outline, in_words
from nas.web.pages.standing import reward_shown
from nas.web.view.space import space_of

MEASURES: Mapping[str, Callable[[Trial], str]] = {
    "validation accuracy": lambda trial: format_percent(trial.validation_accuracy, 2),
    "validation loss": lambda trial: format_value(trial.validation_loss),
    "parameters": lambda trial: format_count(trial.parameters),
    "multiply-adds": lambda trial: format_count(trial.multiply_adds),
    "latency": lambda trial: format_milliseconds(trial.latency_ms),
    "training": lambda trial: format_seconds(trial.train_seconds),
    "attempts": lambda trial: str(trial.attempts),
    "worker": lambda trial: trial.worker or "-",
}


@dataclass(frozen=True, slots=True)
class Side:
    """One of the trials."""

    record: SearchRecord
    trial: Trial
    chosen: Mapping[str, str]
    """Decision -> option."""
    words: str
    """Its drawing in words; empty where there is no drawing."""

    @property
    def reward(self) -> str:
        """As its search writes it."""
        return reward_shown(self.record)[1](self.trial.reward)

    @property
    def name(self) -> str:
        """As addresses have it."""
        return f"{self.record.name}:{self.trial.number}"


@dataclass(frozen=True, slots=True)
class ComparedDecision:
    """What each side chose for one decision; None where its space does not have it."""

    name: str
    options: tuple[str | None, ...]

    @property
    def differs(self) -> bool:
        """Whether not all chose the same."""
        return len(set(self.options)) > 1


def read_side(record: SearchRecord, trial: Trial) -> Side:
    """Returns what the page shows of one trial."""
    space = space_of(record)
    chosen = {one.decision: one.option for one in choices(space, trial.architecture)}
    return Side(record, trial, chosen, in_words(find_outline(record, space, trial.architecture)))


def compared_decisions(sides: Sequence[Side]) -> list[ComparedDecision]:
    """Returns the decisions of all sides, in the order of the first that has them."""
    names = dict.fromkeys(name for side in sides for name in side.chosen)
    return [ComparedDecision(name, tuple(side.chosen.get(name) for side in sides)) for name in names]
