"""Optuna's record of a search: one study in memory, written out as plain data and read back."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

logging.getLogger(InMemoryStorage.__module__).setLevel(logging.WARNING)  # each new study would be a line
Choice = tuple[int, ...]
Attributes = Mapping[str, Any]


class Record:
    """What Optuna knows: choices that were drawn, in order, and what became of each.

    The storage is used without `Study.tell`, which copies and checks what is right here, and has samplers stop a loop
    that is not Optuna's. Every trial has all parameters.
    """

    def __init__(self, distributions: Mapping[str, BaseDistribution], objectives: int = 1) -> None:
        self.distributions: dict[str, BaseDistribution] = dict(distributions)
        self.objectives = objectives
        self._storage = InMemoryStorage()
        self.study = optuna.create_study(storage=self._storage, directions=["maximize"] * objectives)

    def draw(self, sampler: BaseSampler) -> tuple[int, Choice]:
        """Returns the identity of a new running trial, and what the sampler chose for it."""
        self.study.sampler = sampler
        number = self.study.ask(self.distributions).number
        return number, self.choice(number)

    def choice(self, number: int) -> Choice:
        """Returns the options of a trial in the order of the decisions."""
        params = self._storage.get_trial(number).params
        return tuple(params[name] for name in self.distributions)

    def add(
        self,
        choice: Choice,
        state: TrialState,
        values: Sequence[float] = (),
        attributes: Attributes | None = None,
    ) -> int:
        """Adds a trial that no sampler drew, and returns its identity."""
        trial = create_trial(
            state=state,
            values=list(values) or None,
            params=dict(zip(self.distributions, choice, strict=True)),
            distributions=dict(self.distributions),
            system_attrs=dict(attributes or {}),
        )
        return self._storage.create_new_trial(self.study._study_id, trial)  # noqa: SLF001

    def finish(self, number: int, values: Sequence[float]) -> None:
        """Records a result, or without values that there is none."""
        state = TrialState.COMPLETE if values else TrialState.FAIL
        self._storage.set_trial_state_values(number, state, list(values) or None)

    def with_objectives(self, objectives: int) -> "Record":
        """Returns a record of the same trials, none of which has a result, for another number of objectives."""
        other = Record(self.distributions, objectives)
        other.take_attributes(self.attributes())
        for choice, state, attributes in self.trials():
            other.add(choice, state, attributes=attributes)
        return other

    def trials(self) -> Iterable[tuple[Choice, TrialState, Attributes]]:
        """Yields choice, state and what the sampler noted, in order."""
        for trial in self.study.get_trials(deepcopy=False):
            yield self.choice(trial.number), trial.state, _notes(trial)

    def last_notes(self) -> Attributes:
        """Returns what the sampler noted about the last trial."""
        trials = self.study.get_trials(deepcopy=False)
        return _notes(trials[-1]) if trials else {}

    def attributes(self) -> Attributes:
        """Returns what samplers noted about the study as a whole."""
        return self._storage.get_study_system_attrs(self.study._study_id)  # noqa: SLF001

    def take_attributes(self, attributes: Attributes) -> None:
        """Puts back what `attributes` returned."""
        for key, value in attributes.items():
            self._storage.set_study_system_attr(self.study._study_id, key, value)  # noqa: SLF001


def _notes(trial: FrozenTrial) -> Attributes:
    """Returns what the sampler noted, but for text: that repeats the parameters, for processes that share a study."""
    return {key: value for key, value in trial.system_attrs.items() if not isinstance(value, str)}
