"""Each architecture several times: a wrapper around any strategy that averages over repeated trainings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean, variance
from typing import ClassVar, final

from nas.strategies.base import Strategy
from nas.strategies.filter import ANYTHING, Filter
from nas.strategies.wrapper import Wrapper
from nas.trial import Feedback, Origin, Proposal, Trial
from workers.job import FailureKind


@dataclass
class _Group:
    """The trainings of one architecture that were asked so far, by which repeat they are."""

    trials: dict[int, Trial] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)

    def take(self, trial: Trial, *, is_told: bool) -> None:
        """Adds a trial or what became of it."""
        self.trials[trial.repeat] = trial
        if is_told:
            self.told.add(trial.repeat)

    @property
    def is_over_limit(self) -> bool:
        """Whether one of its trainings was refused for its latency, which the others would be as well."""
        return any(self.trials[repeat].failure is FailureKind.OVER_LIMIT for repeat in self.told)

    def is_complete(self, times: int) -> bool:
        """Whether all of its `times` trainings are told, or all that were asked before it was over the limit."""
        return len(self.told) == (len(self.trials) if self.is_over_limit else times)


@final
class Repeated(Wrapper):
    """Proposes each architecture `times` times in a row and tells of it once, when all of its trainings are told.

    What is told is the trial of the first training with the means of what those that succeeded measured, the variance
    of its reward, and the time of all; where none did, a failure: the child's own if there is one. Until then it
    counts as running. Once it is known to be over the limit on latency, what is left of its trainings is not proposed.
    The trainings of an architecture are trials of consecutive numbers, but for those that somebody has added, each of
    which is one training and is told by itself: this has to be the outermost wrapper.
    """

    name: ClassVar[str] = "repeated"

    def __init__(self, strategy: Strategy, times: int) -> None:
        super().__init__(strategy)
        self._times = times
        self._left: list[Proposal] = []  # of the architecture that was proposed last, the next one first
        self._open: dict[int, _Group] = {}  # by the number of the first training
        self._added: set[int] = set()  # numbers of trials that somebody added

    def ask(self, count: int, accepts: Filter = ANYTHING) -> list[Proposal]:  # noqa: D102
        found: list[Proposal] = []
        while len(found) < count:
            if not self._left:
                drawn = self._strategy.ask(1, accepts)
                if not drawn:
                    break
                self._left = [replace(drawn[0], repeat=repeat) for repeat in range(self._times)]
            found.append(self._left.pop(0))
        return found

    def add(self, trials: Sequence[Trial]) -> None:  # noqa: D102
        self._added.update(trial.number for trial in trials)
        super().add(trials)

    def tell(self, completed: Sequence[Trial], running: Sequence[Trial]) -> Feedback:
        """Returns the feedback with a baseline for the last training of each architecture, None for the others."""
        for trial in (
            *running,
            *completed,
        ):  # first, so that a group that ends early has all that was asked of it
            if _is_own(trial):
                self._group_of(trial).take(trial, is_told=False)
        whole = [self._completes(trial) for trial in completed]
        others = [trial for trial in running if not _is_own(trial)]
        feedback = self._strategy.tell([trial for trial in whole if trial], self._running(others))
        told = iter(feedback.baselines)
        return replace(feedback, baselines=tuple(next(told) if trial else None for trial in whole))

    def _completes(self, trial: Trial) -> Trial | None:
        """Takes in what became of a training; returns the trial of all trainings where it was the last."""
        if not _is_own(trial):
            return trial
        group = self._group_of(trial)
        group.take(trial, is_told=True)
        if group.is_over_limit and self._left and self._left[0].architecture == trial.architecture:
            self._left = []
        if not group.is_complete(self._times):
            return None
        del self._open[self._first(trial)]
        return _mean(group.trials)

    def _group_of(self, trial: Trial) -> _Group:
        return self._open.setdefault(self._first(trial), _Group())

    def _first(self, trial: Trial) -> int:
        """Returns the number of the first training of the same architecture."""
        first = trial.number
        for _ in range(trial.repeat):
            first -= 1
            while first in self._added:
                first -= 1
        return first

    def _running(self, others: Iterable[Trial]) -> list[Trial]:
        first = [group.trials[0].as_running() for group in self._open.values()]
        return sorted((*first, *others), key=lambda trial: trial.number)

    def restore(self, state: bytes, history: Sequence[Trial]) -> None:
        """Takes the state of the strategy inside back; what is yet to be repeated follows from the history."""
        own, others = ([trial for trial in history if _is_own(trial) is mine] for mine in (True, False))
        self._added = {trial.number for trial in others}
        groups: dict[int, _Group] = {}
        for trial in own:
            group = groups.setdefault(self._first(trial), _Group())
            group.take(trial, is_told=trial.told_event is not None)
        self._open = {first: group for first, group in groups.items() if not group.is_complete(self._times)}
        is_over = bool(own) and groups[self._first(own[-1])].is_over_limit
        self._left = self._rest(own[-1]) if own and not is_over else []
        whole = [*map(self._as_one, groups.values()), *others]
        self._strategy.restore(state, sorted(whole, key=lambda trial: trial.number))

    def _rest(self, last: Trial) -> list[Proposal]:
        return [
            Proposal(
                last.architecture,
                last.log_probability,
                last.policy_version,
                repeat,
                decision_log_probabilities=last.decision_log_probabilities,
                parent=last.parent,
            )
            for repeat in range(last.repeat + 1, self._times)
        ]

    def _as_one(self, group: _Group) -> Trial:
        return _mean(group.trials) if group.is_complete(self._times) else group.trials[0].as_running()


def _is_own(trial: Trial) -> bool:
    return trial.origin is Origin.STRATEGY


def _mean(trials: dict[int, Trial]) -> Trial:
    """Returns one trial in the place of the first that stands for all of them."""
    results = [trial for _, trial in sorted(trials.items()) if trial.failure is None]
    shown = results[0] if results else _failed(trials.values())
    return replace(
        shown,
        trial_id=trials[0].trial_id,
        number=trials[0].number,
        asked_event=trials[0].asked_event,
        seed=trials[0].seed,
        repeat=0,
        told_event=max((trial.told_event or 0 for trial in trials.values()), default=0) or None,
        baseline=next((trial.baseline for trial in trials.values() if trial.baseline is not None), None),
        reward=_mean_of(trial.reward for trial in results),
        objectives=tuple(map(fmean, zip(*(trial.objectives for trial in results), strict=True))),
        reward_variance=variance(_known(trial.reward for trial in results)) / len(results)
        if len(results) > 1
        else None,
        validation_accuracy=_mean_of(trial.validation_accuracy for trial in results),
        validation_loss=_mean_of(trial.validation_loss for trial in results),
        latency_ms=_mean_of(trial.latency_ms for trial in results or trials.values()),
        train_seconds=sum(trial.train_seconds for trial in trials.values()),
    )


def _mean_of(values: Iterable[float | None]) -> float | None:
    known = _known(values)
    return fmean(known) if known else None


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _failed(trials: Iterable[Trial]) -> Trial:
    """Returns the failure that says most: the child's own rather than that of the machinery."""
    return min(trials, key=lambda trial: trial.failure is not None and trial.failure.is_infrastructure)
