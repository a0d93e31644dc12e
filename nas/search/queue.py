"""The trials that were created and of which the strategy has not been told yet, and which of them is started next."""

from collections.abc import Iterable, Sequence

from nas.trial import Origin, Trial


class Queue:
    """What is tried again goes first, then what people have added, then what the strategy has proposed."""

    def __init__(self) -> None:
        self.open: dict[int, Trial] = {}
        """All of them, by trial id: waiting, running, or about to be told."""
        self._waiting: list[Trial] = []

    def __len__(self) -> int:
        """Returns how many wait."""
        return len(self._waiting)

    def restore(self, trials: Iterable[Trial]) -> None:
        """Takes in all trials of a search that was stopped."""
        self.open.update((trial.trial_id, trial) for trial in trials if trial.told_event is None)

    def line_up(self) -> None:
        """Has all that are open wait, as they were created."""
        self._waiting = sorted(self.open.values(), key=lambda trial: (not _is_added(trial), trial.number))

    def create(self, trials: Sequence[Trial]) -> None:
        """Takes in trials that wait to be started for the first time, all of one origin."""
        self.open.update((trial.trial_id, trial) for trial in trials)
        place = len(self._waiting)
        if any(map(_is_added, trials)):
            place = sum(_is_added(trial) or trial.attempts > 0 for trial in self._waiting)
        self._waiting[place:place] = trials

    def put_back(self, trial: Trial) -> None:
        """Has a trial wait that is to be tried again."""
        self._waiting.insert(0, trial)

    def next(self) -> Trial:
        """Takes out the trial that is to be started next; there must be one."""
        return self._waiting.pop(0)

    def told(self, trial: Trial) -> list[Trial]:
        """Takes in that the strategy is told of a trial; returns those that are left open, by number."""
        del self.open[trial.trial_id]
        return sorted(self.open.values(), key=lambda other: other.number)


def _is_added(trial: Trial) -> bool:
    return trial.origin is not Origin.STRATEGY
