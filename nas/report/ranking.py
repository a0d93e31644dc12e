"""The order of the networks that a search has tried: the mean over their trainings decides, or the front they are on.

| a search with     | ranks networks by                                                                     |
|-------------------|---------------------------------------------------------------------------------------|
| one objective     | the mean of it over their trainings                                                   |
| several           | the non-dominated front of their means, within it by the first objective              |
| repeats           | those first whose trainings are all completed: a single lucky one decides nothing     |

A network that one of its trainings found over the limit on latency is never complete, though no more of them follow.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import sqrt
from statistics import fmean, stdev

from nas.objectives import ACCURACY, Objective, values_of
from nas.trial import Trial, TrialState
from search_spaces.architecture import Architecture


@dataclass(frozen=True)
class Candidate:
    """A network by what its completed trainings say; `values` are their means, an objective each, more is better."""

    trials: tuple[Trial, ...]
    values: tuple[float, ...]
    wanted: int = 1
    """Trainings that the search gives each network."""
    front: int = 0
    """0 where no other network of the search is better in one objective and no worse in the others."""

    @property
    def number(self) -> int:
        """The first of its trials."""
        return self.trials[0].number

    @property
    def architecture(self) -> Architecture:
        """What was trained."""
        return self.trials[0].architecture

    @property
    def count(self) -> int:
        """Completed trainings."""
        return len(self.trials)

    @property
    def is_complete(self) -> bool:
        """Whether all trainings that it was to have are completed."""
        return self.count >= self.wanted

    @property
    def validation_accuracy(self) -> float | None:
        """The mean, a fraction."""
        return fmean(self._accuracies) if self._accuracies else None

    @property
    def standard_error(self) -> float | None:
        """Of the mean validation accuracy; None for a single training, which does not say."""
        if len(self._accuracies) < 2:
            return None
        return stdev(self._accuracies) / sqrt(len(self._accuracies))

    @property
    def parameters(self) -> int | None:
        """Learnt numbers."""
        return self.trials[0].parameters

    @property
    def multiply_adds(self) -> int | None:
        """For one picture."""
        return self.trials[0].multiply_adds

    @property
    def latency_ms(self) -> float | None:
        """The mean over the trainings, each of which timed it anew: what decides where it is an objective."""
        known = [trial.latency_ms for trial in self.trials if trial.latency_ms is not None]
        return fmean(known) if known else None

    @property
    def train_seconds(self) -> float:
        """Of all its trainings."""
        return sum(trial.train_seconds for trial in self.trials)

    @property
    def _accuracies(self) -> list[float]:
        return [t.validation_accuracy for t in self.trials if t.validation_accuracy is not None]


@dataclass(frozen=True)
class Ranking:
    """The networks of a search, best first."""

    candidates: tuple[Candidate, ...]
    objectives: tuple[Objective, ...] = (Objective(ACCURACY),)
    repeats: int = 1
    limits: Mapping[str, float] = field(default_factory=dict)
    """Measure -> the most that the search allows."""
    is_weighed: bool = False
    """Whether the accuracy among the values counts times what targets make of it."""

    @property
    def has_front(self) -> bool:
        """Whether there is more than one objective."""
        return len(self.objectives) > 1

    @property
    def best(self) -> Candidate | None:
        """The first; None before a trial is completed."""
        return self.candidates[0] if self.candidates else None

    @cached_property
    def front(self) -> tuple[Candidate, ...]:
        """The networks that none of the search dominates."""
        return tuple(candidate for candidate in self.candidates if candidate.front == 0)

    @cached_property
    def reference(self) -> tuple[float, ...]:
        """What the hypervolume counts from, in what is maximised.

        Zero for accuracy, for a cost the search's limit on it, or the worst of the networks where there is none.
        """
        return tuple(self._reference(index, objective) for index, objective in enumerate(self.objectives))

    def _reference(self, index: int, objective: Objective) -> float:
        if objective == Objective(ACCURACY):
            return 0.0
        if objective.is_minimised and objective.measure in self.limits:
            return objective.signed(self.limits[objective.measure])
        return min((candidate.values[index] for candidate in self.candidates), default=0.0)

    @cached_property
    def hypervolume(self) -> float:
        """What the front covers beyond `reference`, in the product of the objectives' units."""
        return self.covered(self.reference)

    def covered(self, reference: tuple[float, ...]) -> float:
        """Returns what the front covers beyond another reference point."""
        import numpy as np  # here, as below: looking at a search for one objective does without

        from nas.rewards.pareto import hypervolume

        points = np.array([candidate.values for candidate in self.front]).reshape(-1, len(reference))
        return hypervolume(points, np.array(reference))


def rank(
    trials: Iterable[Trial],
    objectives: tuple[Objective, ...] = (Objective(ACCURACY),),
    *,
    repeats: int = 1,
    values: Callable[[Trial], tuple[float, ...]] = lambda trial: trial.values,
) -> Ranking:
    """Returns the ranking of the completed trials, those of one canonical key as one network.

    `values` reads off a trial what is maximised, by default what its search maximised.
    """
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        if trial.state is TrialState.COMPLETED:
            groups.setdefault(trial.canonical_key, []).append(trial)
    found = [_candidate(group, repeats, values) for group in groups.values()]
    complete = _in_order([candidate for candidate in found if candidate.is_complete])
    rest = _in_order([candidate for candidate in found if not candidate.is_complete], behind=bool(complete))
    return Ranking((*complete, *rest), objectives, repeats)


def rank_anew(trials: Iterable[Trial], objectives: tuple[Objective, ...], *, repeats: int = 1) -> Ranking:
    """Returns the ranking by other objectives than the search had; raises `ConfigError` where a trial lacks one."""
    return rank(
        trials,
        objectives,
        repeats=repeats,
        values=lambda trial: values_of(objectives, trial, f"trial {trial.number}"),
    )


def _candidate(
    trials: Sequence[Trial], repeats: int, values: Callable[[Trial], tuple[float, ...]]
) -> Candidate:
    columns = zip(*map(values, trials), strict=True)
    return Candidate(tuple(trials), tuple(fmean(column) for column in columns), repeats)


def _in_order(candidates: Sequence[Candidate], *, behind: bool = False) -> list[Candidate]:
    """Returns the candidates best first, each with the number of its front, from 1 where others stand before them."""
    fronts = _fronts([candidate.values for candidate in candidates])
    numbered = [
        replace(candidate, front=front + behind) for candidate, front in zip(candidates, fronts, strict=True)
    ]
    return sorted(numbered, key=lambda one: (one.front, *(-value for value in one.values), one.number))


def _fronts(values: Sequence[tuple[float, ...]]) -> list[int]:
    """Returns the number of the non-dominated front of each; of single numbers, its place among the different ones."""
    if all(len(one) == 1 for one in values):
        places = {value: place for place, value in enumerate(sorted(set(values), reverse=True))}
        return [places[value] for value in values]
    import numpy as np

    from nas.rewards.pareto import front_numbers

    return [int(number) for number in front_numbers(np.array(values))]
