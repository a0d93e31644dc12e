"""What a search is waiting for, in words, whenever nothing has happened for half a minute."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nas.trial import Trial
from workers.pool import Beat

SAY_SECONDS = 30.0
HISTORY = "the search's history, which the strategy goes through again"
"""What a search is busy with that is taken up."""


@dataclass(slots=True)
class _Training:
    """A child in training, as far as is known: `epoch` is the one that it is in."""

    number: int
    since: float
    epoch: int = 1


class Idle:
    """Told by the driver what happens; `look`, which any thread may call, says what is waited for."""

    def __init__(
        self,
        say: Callable[[str], None],
        epochs: int,
        clock: Callable[[], float] = time.monotonic,
        is_held: Callable[[], bool] = lambda: False,
    ) -> None:
        self._say, self._epochs, self._clock, self._is_held = say, epochs, clock, is_held
        self._training: dict[int, _Training] = {}  # by trial id
        self._busy_with = ""
        self._last = clock()

    def happened(self) -> None:
        """Takes in that the search has gone on."""
        self._last = self._clock()

    def started(self, trial: Trial) -> None:
        """Takes in that a child is in training."""
        self._training[trial.trial_id] = _Training(trial.number, self._clock())

    def hear(self, beat: Beat) -> None:
        """Takes in what a worker has done."""
        training = self._training.get(beat.job_id) if beat.job_id is not None else None
        if training is not None and beat.epochs:
            training.epoch = min(beat.epochs[-1].metrics.epoch + 1, self._epochs)

    def ended(self, trial: Trial) -> None:
        """Takes in that a child is no longer in training."""
        self._training.pop(trial.trial_id, None)

    @contextmanager
    def busy_with(self, what: str) -> Iterator[None]:
        """Names what the driver itself is at, "the strategy's next proposals"."""
        self.happened()
        self._busy_with = what
        try:
            yield
        finally:
            self._busy_with = ""
            self.happened()

    def look(self) -> None:
        """Says what is waited for, where nothing has happened or been said for `SAY_SECONDS`."""
        now = self._clock()
        if now - self._last >= SAY_SECONDS:
            text = self.text(now)
            self._last = now
            self._say(text)

    def text(self, now: float) -> str:
        """Returns what is waited for at that moment."""
        if self._busy_with:
            return f"waiting for {self._busy_with}"
        training = sorted(self._training.copy().values(), key=lambda one: (one.since, one.number))
        if not training and self._is_held():
            return "waiting for somebody to let the search go on, which is paused"
        if not training:
            return "waiting for a worker that is free"
        longest, count = training[0], len(training)
        children = "1 child in training" if count == 1 else f"{count} children in training, the longest"
        where = f"trial {longest.number}, epoch {longest.epoch} of {self._epochs}"
        return f"waiting for {children} for {now - longest.since:.0f} s ({where})"
