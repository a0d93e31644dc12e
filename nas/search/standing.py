"""Where a search stands: what it has counted, and the best it has found."""

import time
from collections.abc import Sequence
from dataclasses import replace

from nas.search.progress import Progress
from nas.storage.records import SearchRecord
from nas.trial import Origin, Trial, TrialState


class Standing:
    """Counts trials as they are created and end, and time as it goes by, but for that in which the search is held."""

    def __init__(self, record: SearchRecord) -> None:
        self._record = record
        self._began = time.monotonic()
        self._held_seconds, self._held_at = 0.0, 0.0
        self.is_held = False
        """Whether no new trials are to be started until somebody says so."""
        self.created = self.completed = self.failed = 0
        self.architectures = 0  # created, their repeats not counted
        self.best: Trial | None = None
        self.entropy: float | None = None

    def count_created(self, trials: Sequence[Trial]) -> None:
        """Takes in trials that were asked."""
        self.created += len(trials)
        self.architectures += sum(trial.repeat == 0 and trial.origin is not Origin.RETRY for trial in trials)

    def count(self, trial: Trial) -> None:
        """Takes in a trial in whatever state."""
        self.completed += trial.state is TrialState.COMPLETED
        self.failed += trial.state is TrialState.FAILED
        if trial.reward is not None and (self.best is None or trial.values > self.best.values):
            self.best = trial

    def restore(self, trials: Sequence[Trial]) -> None:
        """Takes in all trials of a search that was stopped."""
        self.count_created(trials)
        for trial in trials:
            self.count(trial)

    def hold(self, *, is_held: bool) -> None:
        """Takes in that the search is held from now on, or goes on."""
        now = time.monotonic()
        if self.is_held:
            self._held_seconds += now - self._held_at
        self.is_held, self._held_at = is_held, now

    def extend(self, trial_budget: int | None, time_budget_seconds: float | None) -> None:
        """Takes in a new budget."""
        self._record = replace(
            self._record, trial_budget=trial_budget, time_budget_seconds=time_budget_seconds
        )

    @property
    def trial_budget(self) -> int | None:
        """How many trials there may be."""
        return self._record.trial_budget

    @property
    def time_budget_seconds(self) -> float | None:
        """How long drivers may work on it."""
        return self._record.time_budget_seconds

    @property
    def to_go(self) -> int | None:
        """How many trials have yet to end; None where the budget does not limit them."""
        budget = self.trial_budget
        return None if budget is None else budget - self.completed - self.failed

    @property
    def to_create(self) -> int | None:
        """How many trials the budget still allows; None where it does not limit them."""
        budget = self.trial_budget
        return None if budget is None else budget - self.created

    @property
    def spent_seconds(self) -> float:
        """Wall time of all drivers, this one included, in which the search was not held."""
        until = self._held_at if self.is_held else time.monotonic()
        return self._record.spent_seconds + until - self._began - self._held_seconds

    @property
    def is_out_of_time(self) -> bool:
        """Whether no more trials are to be started."""
        limit = self.time_budget_seconds
        return limit is not None and self.spent_seconds >= limit

    def progress(self, running: int) -> Progress:
        """Returns it all as of now."""
        return Progress(
            trial_budget=self.trial_budget,
            time_budget_seconds=self.time_budget_seconds,
            completed=self.completed,
            failed=self.failed,
            running=running,
            best=self.best,
            entropy=self.entropy,
            spent_seconds=self.spent_seconds,
            is_held=self.is_held,
        )
