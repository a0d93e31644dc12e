"""How a search stands, in the words and figures that pages have for it."""

from collections.abc import Callable
from dataclasses import dataclass

from nas.config import restore_config
from nas.errors import ConfigError
from nas.objectives import ACCURACY, Objective
from nas.report.formats import UNKNOWN, format_measure
from nas.search.driven import is_driven
from nas.storage.records import SearchRecord, SearchState
from nas.web.pages.rendering import format_value

SECONDS_AN_HOUR = 3600.0

WORDS = {
    "running": "running",
    "held": "held",
    "gone": "driver gone",
    "stopped": "stopped",
    "completed": "completed",
    "failed": "failed",
    "created": "not begun",
}
"""What a state is called on a page. `static/format.js` has the same."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A search as a line of a list, or the head of its page."""

    record: SearchRecord
    state: str
    """A key of `WORDS`."""
    best: float | None
    """Reward of its best trial."""
    best_shown: str
    best_name: str
    """What the best is a value of: "accuracy", "reward"."""

    @property
    def words(self) -> str:
        """The state as it is shown."""
        return WORDS[self.state]

    @property
    def view(self) -> str:
        """What of it can change, as `static/searches.js` puts it together from a line of the stream."""
        record, driven = self.record, self.state in ("running", "held")
        values = (record.state.value, record.held, driven, record.created, self.done, record.failed)
        shown = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
        rest = ("" if value is None else str(value) for value in (record.trial_budget, record.best_number))
        return ",".join([*shown, *rest])

    @property
    def done(self) -> int:
        """Trials that have ended."""
        return self.record.completed + self.record.failed

    @property
    def open(self) -> int:
        """Trials that wait or are in training."""
        return self.record.created - self.done

    @property
    def budget(self) -> tuple[float, float] | None:
        """How much of the budget is spent, and all of it: in trials where they are limited, else in seconds."""
        if self.record.trial_budget is not None:
            return self.done, self.record.trial_budget
        if self.record.time_budget_seconds is not None:
            return min(
                self.record.spent_seconds, self.record.time_budget_seconds
            ), self.record.time_budget_seconds
        return None

    @property
    def share(self) -> float:
        """The part of the budget that is spent, from 0 to 1."""
        return self.budget[0] / self.budget[1] if self.budget and self.budget[1] else 0.0

    @property
    def speed(self) -> float | None:
        """Trials an hour, over all the time that drivers have spent on it."""
        spent = self.record.spent_seconds
        return SECONDS_AN_HOUR * self.done / spent if spent > 0 and self.done else None


def state_of(record: SearchRecord) -> str:
    """Returns the key in `WORDS` of how a search stands."""
    if record.state is SearchState.RUNNING:
        return "gone" if not is_driven(record) else "held" if record.held else "running"
    return "stopped" if record.state is SearchState.PAUSED else record.state.value


def standing(record: SearchRecord, best: float | None) -> Standing:
    """Returns how a search stands; `best` is the reward of its best trial."""
    name, shown = reward_shown(record)
    return Standing(record, state_of(record), best, shown(best), name)


def reward_shown(record: SearchRecord) -> tuple[str, Callable[[float | None], str]]:
    """Returns what a reward is a value of, and how it is written: as the measure it is, or as a plain number.

    It is plain where targets weigh it, and where this version cannot read what the search is after.
    """
    objective = first_objective(record)
    if objective is None:
        return "reward", format_value
    return objective.measure, lambda reward: _measure(objective, reward)


def first_objective(record: SearchRecord) -> Objective | None:
    """Returns what the reward of a search measures; None where it is no measure alone."""
    try:
        reward = restore_config(record.config).reward
        return None if reward.weighs_first else reward.parsed[0]
    except ConfigError:
        return None


def _measure(objective: Objective, reward: float | None) -> str:
    if reward is None:
        return UNKNOWN
    value = objective.signed(reward)
    return (
        f"{100 * value:.2f} %" if objective.measure == ACCURACY else format_measure(objective.measure, value)
    )
