"""The wait for outcomes, and how a request to stop cuts it short."""

import time
from collections.abc import Callable, Sequence
from math import inf

from search_spaces.errors import NasError
from workers.job import Outcome
from workers.pool import Beat, Pool


class Wait:
    """Waits on a pool; `stop`, which a signal handler may call, has it end `grace_seconds` later.

    A pool that trains within `Pool.wait` is interrupted by a `KeyboardInterrupt` in the midst of the training; never
    while `hear` is at work, which may be in a transaction. With such a pool the end of the grace is noticed at the end
    of an epoch.
    """

    def __init__(
        self, pool: Pool, grace_seconds: float, hear: Callable[[Beat], None], say: Callable[[str], None]
    ) -> None:
        self._pool, self._grace_seconds, self._on_beat = pool, grace_seconds, hear
        self._is_training = False
        self._error: NasError | None = None
        self._over_at = inf  # on the monotonic clock
        pool.listen(self._hear, say)

    def stop(self) -> None:
        """Asks for the end. Asked again, nothing changes."""
        self._over_at = min(self._over_at, time.monotonic() + self._grace_seconds)
        self._interrupt()

    @property
    def is_stopping(self) -> bool:
        """Whether nothing new is to be started."""
        return self._over_at < inf

    @property
    def is_over(self) -> bool:
        """Whether what is in training is to be given up."""
        return time.monotonic() >= self._over_at

    def outcomes(self, timeout_seconds: float) -> Sequence[Outcome]:
        """Returns what `Pool.wait` gives; none where it was interrupted. Raises what `hear` raised."""
        outcomes: Sequence[Outcome] = ()
        self._is_training = True
        try:
            outcomes = self._pool.wait(timeout_seconds)
        except KeyboardInterrupt:
            if not self._is_to_end:
                raise
        finally:
            self._is_training = False
        if self._error is not None:
            raise self._error
        if self._pool.blocking and self.is_over:  # a child that took the interruption for a fault of its own
            return [outcome for outcome in outcomes if outcome.failure is None]
        return outcomes

    def rest(self, seconds: float) -> None:
        """Does nothing for so long, but hears the workers, who have nothing to do either."""
        self.outcomes(0.0)
        time.sleep(seconds)

    def _hear(self, beat: Beat) -> None:
        self._is_training = False
        try:
            self._on_beat(beat)
        except NasError as error:  # within the training it would be taken for a fault of the child
            self._error = error
        finally:
            self._is_training = True
        self._interrupt()

    def _interrupt(self) -> None:
        if self._is_training and self._pool.blocking and self._is_to_end:
            raise KeyboardInterrupt

    @property
    def _is_to_end(self) -> bool:
        return self._error is not None or self.is_over
