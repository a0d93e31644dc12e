"""The strategy itself: what a sampler draws is proposed, what became of it goes into its study.

The package says what it does and why; the numbers in the comments are those of its list.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import inf
from random import Random
from typing import Any, ClassVar, final

import numpy as np
from optuna.distributions import CategoricalDistribution
from optuna.trial import TrialState

from nas.strategies.base import Strategy
from nas.strategies.filter import ANYTHING, Filter
from nas.strategies.optuna.samplers import Kind, Order, make_sampler
from nas.strategies.optuna.study import Choice, Record
from nas.strategies.state import pack, unpack
from nas.trial import Feedback, Proposal, Trial
from search_spaces.architecture import Architecture
from search_spaces.space import Space

SEED_BITS = 32


@final
class OptunaSearch(Strategy):
    """One of Optuna's samplers and its study."""

    name: ClassVar[str] = "optuna"

    def __init__(self, space: Space, seed: int, kind: Kind, settings: object) -> None:
        self._space, self._seed, self._kind, self._settings = space, seed, kind, settings
        self._distributions = {
            f"{position:04}": CategoricalDistribution(tuple(range(len(decision.options))))
            for position, decision in enumerate(space.decisions)
        }
        kind.check(self._distributions)
        self._draws = 0
        self._record = Record(self._distributions)
        self._in_work: dict[Choice, list[int]] = {}  # Optuna's numbers, the first one first

    def ask(self, count: int, accepts: Filter = ANYTHING) -> list[Proposal]:  # noqa: D102
        found: list[Proposal] = []
        rejected = 0
        while len(found) < count and not accepts.gave_up:
            draw = self._draw if rejected < self._kind.redraws else self._draw_uniformly  # 2.
            architecture = draw(accepts)
            if architecture is None:
                rejected += 1
            else:
                found.append(Proposal(architecture))
                rejected = 0
        return found

    def _draw(self, accepts: Filter) -> Architecture | None:
        """Returns what the sampler drew if it is accepted."""

        def permitted(samples: Mapping[str, "np.ndarray[Any, Any]"]) -> "np.ndarray[Any, Any]":
            blank = np.zeros_like(next(iter(samples.values())))  # of a decision with one option
            columns = [samples.get(name, blank) for name in self._distributions]
            rows = np.stack(columns, axis=1).astype(int).tolist()
            return np.array([accepts.permits(self._architecture(row)) for row in rows])

        order = Order(self._distributions, self._settings, self._next().getrandbits(SEED_BITS), permitted)
        number, choice = self._record.draw(make_sampler(self._kind, order))  # 1.
        architecture = self._architecture(choice)
        if accepts(architecture):
            self._in_work.setdefault(choice, []).append(number)
            return architecture
        self._record.finish(number, ())
        return None

    def _draw_uniformly(self, accepts: Filter) -> Architecture | None:
        architecture = self._space.random(self._next())
        if not accepts(architecture):
            return None
        self._add(architecture.tokens, self._record.last_notes())  # NSGA-II's generation, for one
        return architecture

    def _next(self) -> Random:
        """Returns the random numbers of the next draw."""
        self._draws += 1
        return Random(f"{self._seed}:{self._draws}")

    def _architecture(self, choice: Iterable[int]) -> Architecture:
        return Architecture(self._space.name, tuple(choice))

    def _add(self, choice: Choice, attributes: Mapping[str, Any] | None = None) -> None:
        number = self._record.add(choice, TrialState.RUNNING, attributes=attributes)
        self._in_work.setdefault(choice, []).append(number)

    def add(self, trials: Sequence[Trial]) -> None:  # noqa: D102
        for trial in trials:
            self._add(trial.architecture.tokens, self._record.last_notes())

    def tell(self, completed: Sequence[Trial], running: Sequence[Trial]) -> Feedback:  # noqa: D102
        for trial in completed:
            self._finish(trial)
        still = Counter(trial.architecture.tokens for trial in running)
        for choice, numbers in list(self._in_work.items()):  # 4.
            while len(numbers) > still[choice]:
                self._record.finish(numbers.pop(0), ())
            if not numbers:
                del self._in_work[choice]
        return Feedback(baselines=(None,) * len(completed))

    def _finish(self, trial: Trial) -> None:
        values = _results(trial)
        if values and len(values) != self._record.objectives:  # 5.
            self._record = self._record.with_objectives(len(values))
        choice = trial.architecture.tokens
        if not self._in_work.get(choice):
            self._add(choice)
        self._record.finish(self._in_work[choice].pop(0), values)

    def save(self) -> bytes:
        """Returns what was drawn and what samplers noted; results are in the history."""
        trials = [
            [choice, state is TrialState.FAIL, attributes]
            for choice, state, attributes in self._record.trials()
        ]
        record = {
            "seed": self._seed,
            "draws": self._draws,
            "trials": trials,
            "study": self._record.attributes(),
        }
        return pack(self.name, record)

    def restore(self, state: bytes, history: Sequence[Trial]) -> None:
        """Takes a study back; where history and study differ, history is right."""
        record, _ = unpack(self.name, state)
        self._seed, self._draws = record["seed"], record["draws"]
        told = [trial for trial in history if trial.told_event is not None]
        objectives = next((len(values) for trial in told if (values := _results(trial))), 1)
        self._record = Record(self._distributions, objectives)
        self._record.take_attributes(record["study"])
        self._in_work = {}
        drawn = self._take(record["trials"])
        # In the order in which they were told, then what is in work; what failed is in the study as such.
        for trial in sorted(history, key=lambda trial: trial.told_event or inf):
            if trial.told_event is not None and not _results(trial):
                continue
            numbers = drawn.get(trial.architecture.tokens)
            if numbers:
                self._in_work.setdefault(trial.architecture.tokens, []).append(numbers.pop(0))
            elif trial.told_event is None:
                self._add(trial.architecture.tokens)
            if trial.told_event is not None:
                self._finish(trial)
        for number in sorted(number for numbers in drawn.values() for number in numbers):
            self._record.finish(number, ())

    def _take(self, trials: Iterable[tuple[list[int], bool, Mapping[str, Any]]]) -> dict[Choice, list[int]]:
        """Adds what `save` wrote and returns the numbers of those that did not fail, by their choice."""
        drawn: dict[Choice, list[int]] = {}
        for tokens, is_failed, attributes in trials:
            choice = tuple(tokens)
            number = self._record.add(choice, TrialState.RUNNING, attributes=attributes)
            if is_failed:
                self._record.finish(number, ())
            else:
                drawn.setdefault(choice, []).append(number)
        return drawn


def _results(trial: Trial) -> tuple[float, ...]:
    """Returns the values of a trial; none of one that failed."""
    return () if -inf in trial.values else trial.values
