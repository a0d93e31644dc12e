"""A search in miniature: asks a strategy, makes finished trials of its proposals, tells it, and keeps the records."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from nas.strategies.base import Strategy
from nas.trial import Feedback, Origin, PolicyUpdate, Proposal, Trial, TrialState
from search_spaces.architecture import Architecture
from search_spaces.space import Space
from workers.job import FailureKind

Measure = Callable[[Architecture], float | tuple[float, ...] | FailureKind]
"""From an architecture to its result, one number or one for each of several objectives, or to why there is none."""


class Driver:
    """Drives `strategy` as `nas.search` does; `measure` stands for training."""

    def __init__(self, strategy: Strategy, space: Space, measure: Measure) -> None:
        self.strategy, self.space, self.measure = strategy, space, measure
        self.event = 0
        self.trials: list[Trial] = []
        self.updates: list[PolicyUpdate] = []

    def ask(self, count: int) -> list[Trial]:
        self.event += 1
        return [self._new_trial(proposal) for proposal in self.strategy.ask(count)]

    def add(self, architecture: Architecture, origin: Origin = Origin.HAND, repeat: int = 0) -> Trial:
        """Has somebody want an architecture tried; a retry of what failed succeeds."""
        self.event += 1
        trial = self._new_trial(Proposal(architecture, repeat=repeat, origin=origin))
        self.strategy.add([trial])
        return trial

    def tell(self, numbers: Iterable[int]) -> Feedback:
        """Tells all of them in one event; the strategy is told of them as they are before they have been told."""
        self.event += 1
        told = [self._finished(self.trials[number]) for number in numbers]
        for trial in told:
            self.trials[trial.number] = replace(trial, told_event=self.event)
        feedback = self.strategy.tell(told, self.running)
        for trial, baseline in zip(told, feedback.baselines, strict=True):
            self.trials[trial.number] = replace(self.trials[trial.number], baseline=baseline)
        self.updates.extend(feedback.updates)
        return feedback

    def rounds(self, count: int, batch: int) -> None:
        """Asks `batch` and tells them, last asked first, `count` times over."""
        for _ in range(count):
            self.tell([trial.number for trial in reversed(self.ask(batch))])

    def moved_to(self, strategy: Strategy) -> "Driver":
        """Returns a driver of a fresh strategy that takes over state and records."""
        strategy.restore(self.strategy.save(), list(self.trials))
        other = Driver(strategy, self.space, self.measure)
        other.event, other.trials, other.updates = self.event, list(self.trials), list(self.updates)
        return other

    @property
    def running(self) -> list[Trial]:
        return [trial for trial in self.trials if not trial.state.is_final]

    @property
    def best(self) -> float:
        return max(trial.reward for trial in self.trials if trial.reward is not None)

    def _new_trial(self, proposal: Proposal) -> Trial:
        architecture = proposal.architecture
        trial = Trial(
            trial_id=len(self.trials) + 100,
            search_id=1,
            number=len(self.trials),
            architecture=architecture,
            canonical_key=self.space.canonical_key(architecture),
            seed=0,
            state=TrialState.RUNNING,
            asked_event=self.event,
            log_probability=proposal.log_probability,
            policy_version=proposal.policy_version,
            repeat=proposal.repeat,
            origin=proposal.origin,
            decision_log_probabilities=proposal.decision_log_probabilities,
            parent=proposal.parent,
        )
        self.trials.append(trial)
        return trial

    def _finished(self, trial: Trial) -> Trial:
        result = self.measure(trial.architecture)
        if trial.origin is Origin.RETRY:
            result = (1 + trial.number % 7) / 8
        if isinstance(result, FailureKind):
            return replace(trial, state=TrialState.FAILED, failure=result)
        values = result if isinstance(result, tuple) else (result,)
        return replace(
            trial,
            state=TrialState.COMPLETED,
            reward=values[0],
            objectives=values if len(values) > 1 else (),
            validation_accuracy=values[0],
        )
