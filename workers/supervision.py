"""Whether running jobs show signs of life and come on, and which are to be killed. Pure: no processes, no clock.

    beat, beat, ...         silence        WORKER_LOST: stopped, stuck in native code, or cut off
    an epoch, an epoch ...  epoch          TIMEOUT: alive, but does not come on
    the whole job           trial          TIMEOUT

Whoever uses it reads all signs of life that are there before it asks for `overdue`: the driver may have been busy
elsewhere, or stopped, for longer than it is patient with its workers.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from workers.job import FailureKind
from workers.pool import Patience

Key = TypeVar("Key", bound=Hashable)


@dataclass(slots=True)
class Watch:
    """When something of a job was last seen, on the monotonic clock of whoever watches."""

    began: float
    beat: float
    epoch: float
    epochs: int = 0


@dataclass(frozen=True, slots=True)
class Overdue(Generic[Key]):
    """A job that is to be killed, the failure it ends with, and why in words."""

    key: Key
    failure: FailureKind
    text: str


class Supervision(Generic[Key]):
    """Watches running jobs, each under a key of the caller's: a token, an actor, a slot.

    >>> supervision = Supervision(Patience(silence=30))
    >>> supervision.begin("a", now=100.0)
    >>> supervision.beat("a", now=110.0)
    >>> [overdue.failure.value for overdue in supervision.overdue(now=141.0)]
    ['worker_lost']
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._watches: dict[Key, Watch] = {}

    def begin(self, key: Key, now: float) -> None:
        """A worker that is up was given the job; a key that is known begins anew."""
        self._watches[key] = Watch(began=now, beat=now, epoch=now)

    def beat(self, key: Key, now: float, epochs: int = 0) -> None:
        """A sign of life came, with so many finished epochs. One of a job that is not watched is let pass."""
        watch = self._watches.get(key)
        if watch is None:
            return
        watch.beat = now
        if epochs:
            watch.epoch, watch.epochs = now, watch.epochs + epochs

    def end(self, key: Key) -> None:
        """The job has ended, or is not watched any more. May be called twice."""
        self._watches.pop(key, None)

    def overdue(self, now: float) -> list[Overdue[Key]]:
        """Returns the jobs that are to be killed; they are watched until `end`."""
        return [
            Overdue(key, *verdict)
            for key, watch in self._watches.items()
            if (verdict := self._verdict(watch, now)) is not None
        ]

    def next_look(self) -> float:
        """Returns the moment before which nothing can be overdue; infinite where nothing is watched."""
        patience = self._patience
        return min(
            (
                min(w.began + patience.trial, w.epoch + patience.epoch, w.beat + patience.silence)
                for w in self._watches.values()
            ),
            default=float("inf"),
        )

    def _verdict(self, watch: Watch, now: float) -> tuple[FailureKind, str] | None:
        patience = self._patience
        if now - watch.began > patience.trial:
            return FailureKind.TIMEOUT, (
                f"expected the training to end within {patience.trial:g} s, "
                f"got {watch.epochs} finished epochs in {now - watch.began:.1f} s; its worker was killed"
            )
        if now - watch.epoch > patience.epoch:
            return FailureKind.TIMEOUT, (
                f"expected epoch {watch.epochs + 1} to end within {patience.epoch:g} s, "
                f"got no end of it in {now - watch.epoch:.1f} s; its worker was killed"
            )
        if now - watch.beat > patience.silence:
            return FailureKind.WORKER_LOST, (
                f"expected a sign of life of the worker every {patience.beat:g} s, "
                f"got none for {now - watch.beat:.1f} s; it was killed"
            )
        return None
