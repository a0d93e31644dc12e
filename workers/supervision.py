"""Whether running jobs show signs of life and come on, and which are to be killed. Pure: no processes, no clock.

    beat, beat, ...         silence        WORKER_LOST: stopped, stuck in native code, or cut off
    an epoch, an epoch ...  epoch          TIMEOUT: alive, but does not come on
    the whole job           trial          TIMEOUT
    either of these, of a worker that has been silent for some beats: WORKER_LOST, as it may have been stopped

That an epoch has ended is told with the next sign of life: an epoch gets `EPOCH_BEATS` of them on top of its limit.

A child that lets no other thread of its process run is silent too. Whoever runs a lost job again, as it is not known to
be to blame, runs this one again as well, until its retries are used up.

Whoever uses it reads all signs of life that are there before it asks for `overdue`, and tells it with `pause`, as found
by `Attention`, of the time in which it read none: the driver may have been busy elsewhere, or stopped, for longer than
it is patient with its workers.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from workers.job import FailureKind
from workers.pool import Patience

Key = TypeVar("Key", bound=Hashable)

EPOCH_BEATS = 2
STALE_BEATS = 3
"""After so many without a sign of life a worker that is out of time counts as lost."""
GAP_SECONDS = 2.0
"""Between two looks of a driver that does nothing else it is less."""
GRACE_BEATS = 3
"""A worker whose link was full says what it had begun to say, then what it kept back, then what is new."""


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

    def pause(self, now: float, seconds: float) -> None:
        """So long, until now, nobody listened: it counts for no job."""
        for watch in self._watches.values():
            watch.began = min(now, watch.began + seconds)
            watch.beat = min(now, watch.beat + seconds)
            watch.epoch = min(now, watch.epoch + seconds)

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
        trial, epoch, silence = self._patience.trial, self._epoch_seconds, self._patience.silence
        return min(
            (min(w.began + trial, w.epoch + epoch, w.beat + silence) for w in self._watches.values()),
            default=float("inf"),
        )

    @property
    def _epoch_seconds(self) -> float:
        """So long after the end of an epoch that of the next one is known to be late."""
        return self._patience.epoch + EPOCH_BEATS * self._patience.beat

    def _verdict(self, watch: Watch, now: float) -> tuple[FailureKind, str] | None:
        patience, silence = self._patience, now - watch.beat
        late = self._lateness(watch, now)
        if silence > patience.silence or (late and silence > STALE_BEATS * patience.beat):
            return FailureKind.WORKER_LOST, (
                f"expected a sign of life of the worker every {patience.beat:g} s, "
                f"got none for {silence:.1f} s; it was killed"
            )
        return (FailureKind.TIMEOUT, late) if late else None

    def _lateness(self, watch: Watch, now: float) -> str:
        """Returns in words which limit is exceeded; empty: none."""
        patience = self._patience
        if now - watch.began > patience.trial:
            return (
                f"expected the training to end within {patience.trial:g} s, "
                f"got {watch.epochs} finished epochs in {now - watch.began:.1f} s; its worker was killed"
            )
        if now - watch.epoch > self._epoch_seconds:
            return (
                f"expected epoch {watch.epochs + 1} to end within {patience.epoch:g} s, "
                f"got no end of it in {now - watch.epoch:.1f} s; its worker was killed"
            )
        return ""


class Attention:
    """Whether whoever watches has listened without a break, for long enough to judge.

    After a break the workers' links may be full: what they have to say comes when there is room again. Until then
    nobody is judged; breaks that follow one on the other put that off once, or no verdict would ever be given.
    """

    def __init__(self, patience: Patience, now: float) -> None:
        self._grace = max(1.0, GRACE_BEATS * patience.beat)
        self._looked = now
        self._judge_from: float | None = None

    def missed(self, now: float) -> float:
        """Returns for how long nobody listened before this look; 0 but after a break. To be called at every look."""
        gap, self._looked = now - self._looked, now
        if gap <= GAP_SECONDS:
            return 0.0
        if self._judge_from is None:
            self._judge_from = now + self._grace
        return gap

    def may_judge(self, now: float) -> bool:
        """Whether all that was said before this look has been heard."""
        if self._judge_from is not None and now < self._judge_from:
            return False
        self._judge_from = None
        return True
