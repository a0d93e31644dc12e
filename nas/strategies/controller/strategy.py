"""The strategy itself: what is asked comes off the shortlist, what is told goes to model and policy.

The package says what it does and why; the numbers in the comments are those of its list.
"""

import math
from collections.abc import Sequence
from typing import ClassVar, final

import torch
from torch import Tensor

from nas.controller.surrogate import Posterior, Surrogate
from nas.controller.tensors import prefixed, under
from nas.strategies.base import Strategy
from nas.strategies.controller.candidates import mutants, uniform, unseen
from nas.strategies.controller.learner import Learner
from nas.strategies.controller.results import Experience, Result, experience, result_of
from nas.strategies.controller.settings import DEFAULT_SETTINGS, ControllerSettings
from nas.strategies.controller.shortlist import Shortlist, log_expected_improvement
from nas.strategies.filter import ANYTHING, Filter
from nas.strategies.state import pack, unpack
from nas.trial import Feedback, PolicyUpdate, Proposal, Trial
from search_spaces.architecture import Architecture
from search_spaces.space import Space

_SURROGATE, _SHORTLIST, _GENERATOR = "surrogate.", "shortlist.", "generator"
"""How the tensors of a saved state are named."""
REFILLS = 3
"""So many shortlists without an acceptable candidate, one after the other, and candidates are drawn uniformly."""
FIRST_FIT = 10
"""So many times more steps are taken at the first fit of the model."""
FULL_FIT = 100
"""With more results fewer steps are taken: another eight move the hyper-parameters less, and steps cost more."""
UNIFORM_DRAWS = 64
"""Drawn at once."""

Tokens = tuple[int, ...]


@final
class Controller(Strategy):
    """An LSTM policy, a model of the rewards, and a shortlist. The same seed, asks and tells give the same answers."""

    name: ClassVar[str] = "controller"

    def __init__(self, space: Space, seed: int, settings: ControllerSettings = DEFAULT_SETTINGS) -> None:
        self._space, self._settings = space, settings
        self._counts = [len(decision.options) for decision in space.decisions]
        self._generator = torch.Generator().manual_seed(seed)
        self._learner = Learner(space, settings, self._generator)
        self._surrogate = Surrogate(self._counts)
        self._results: dict[int, Result] = {}
        self._pending: list[int] = []  # numbers of the results that model and policy have not seen
        self._proposed: set[Tokens] = set()
        self._in_work: dict[Tokens, None] = {}
        self._shortlist: Shortlist | None = None
        self._known: tuple[Experience, Posterior] | None = None

    def ask(self, count: int, accepts: Filter = ANYTHING) -> list[Proposal]:
        """Takes from the shortlist what is accepted, best first."""
        found: list[Proposal] = []
        refills = 0
        while len(found) < count and not accepts.gave_up and refills <= REFILLS:  # 14.
            proposal = self._next(accepts)
            if proposal is not None:
                found.append(proposal)
                refills = 0
            elif not accepts.gave_up:  # the shortlist is empty
                self._shortlist, refills = self._new_shortlist(), refills + 1
        while len(found) < count and not accepts.gave_up:
            found += self._uniform(count - len(found), accepts)  # 14.
        return found

    def _next(self, accepts: Filter) -> Proposal | None:
        """Returns the best acceptable candidate of the shortlist, None where there is none left."""
        shortlist = self._shortlist
        while shortlist is not None and not accepts.gave_up:
            index = shortlist.take()
            if index is None:
                return None
            architecture = self._space.architecture(shortlist.tensors["tokens"][index].tolist())
            if accepts(architecture):  # 14.
                shortlist.expect(index)  # 13.
                return self._propose(architecture, *shortlist.log_probability(index))
        return None

    def _propose(
        self, architecture: Architecture, log_probability: float, of_decisions: tuple[float, ...]
    ) -> Proposal:
        self._proposed.add(architecture.tokens)
        self._in_work[architecture.tokens] = None
        return Proposal(
            architecture,
            log_probability,
            self._learner.version,
            decision_log_probabilities=of_decisions,
        )

    def _uniform(self, count: int, accepts: Filter) -> list[Proposal]:
        """Returns up to `count` acceptable ones of a handful of uniform draws."""
        found: list[Proposal] = []
        for tokens in uniform(self._counts, UNIFORM_DRAWS, self._generator):
            if len(found) == count or accepts.gave_up:
                break
            architecture = self._space.architecture(tokens.tolist())
            if accepts(architecture):
                sample = self._learner.score(tokens[None])
                of_decisions = tuple(sample.log_chosen[0].tolist())
                found.append(self._propose(architecture, float(sample.log_probabilities[0]), of_decisions))
        return found

    def _new_shortlist(self) -> Shortlist:
        """Returns new candidates: the best of many where there is a model."""
        settings = self._settings
        if self._learner.version == 0:  # 1.
            tokens = unseen(self._learner.draw(settings.first_results), self._proposed)
            return Shortlist.unranked(self._learner.score(tokens))
        data, posterior = self._model()
        best = posterior.fitted.argsort(descending=True, stable=True)[: settings.parents]
        parents = data.tokens[best]
        candidates = [  # 11.
            self._learner.draw(settings.drawn),
            self._learner.draw(settings.drawn_hot, settings.temperature),
            mutants(parents, self._counts, settings.mutated, settings.mutation_rate, self._generator),
        ]
        tokens = unseen(torch.cat(candidates), self._proposed)
        mean, deviation = posterior.marginal(tokens)
        value = log_expected_improvement(mean, deviation, posterior.best)
        chosen = value.argsort(descending=True, stable=True)[: settings.shortlist]  # 12.
        return Shortlist.ranked(posterior, self._learner.score(tokens[chosen]), self._expected())  # 13.

    def _expected(self) -> Tensor:
        """Returns tokens (W, T): of what is in work, and of results that the model has not seen yet."""
        pending = [self._results[number].tokens for number in self._pending]
        tokens = list(dict.fromkeys([*self._in_work, *pending]))
        return torch.tensor(tokens, dtype=torch.int64).reshape(-1, len(self._counts))

    def _model(self) -> tuple[Experience, Posterior]:
        """Returns what the model was last fitted to and its posterior, computed again after a restore."""
        if self._known is None:
            known = [result for number, result in self._results.items() if number not in self._pending]
            data, _ = experience(known, self._settings.results_limit)
            self._known = data, self._surrogate.fit(*data, steps=0)
        return self._known

    def add(self, trials: Sequence[Trial]) -> None:  # noqa: D102
        for trial in trials:
            self._proposed.add(trial.architecture.tokens)
            self._in_work[trial.architecture.tokens] = None

    def tell(self, completed: Sequence[Trial], running: Sequence[Trial]) -> Feedback:
        """Takes the results in; model and policy learn whenever enough of them are there."""
        for trial in completed:
            result = result_of(trial)
            if result is not None:
                self._results[trial.number] = result
                self._pending.append(trial.number)
        self._in_work = {trial.architecture.tokens: None for trial in running}
        # What a lost worker had is as good as never proposed: the history, which a restore goes by, leaves it out too.
        self._proposed = {result.tokens for result in self._results.values()} | self._in_work.keys()
        updates = (self._update(),) if self._is_due() else ()
        return Feedback((None,) * len(completed), updates)

    def _is_due(self) -> bool:
        enough = len(self._pending) >= self._settings.results_per_update  # 3.
        return enough and len(self._results) >= self._settings.first_results

    def _update(self) -> PolicyUpdate:
        """Fits the model to all results, lets the policy learn, and forgets the shortlist."""
        settings = self._settings
        data, scores = experience(self._results.values(), settings.results_limit)  # 2.
        posterior = self._surrogate.fit(*data, steps=self._fit_steps(len(data.scores)))  # 5.
        self._known = data, posterior
        trained = {result.tokens for result in self._results.values()}

        def imagine(tokens: Tensor) -> Tensor:
            mean, deviation = posterior.marginal(tokens)
            tried = [tuple(row) in trained for row in tokens.tolist()]
            penalty = settings.tried_penalty * torch.tensor(tried, dtype=torch.float64)
            return mean + settings.optimism * deviation - penalty  # 7.

        pending = [self._results[number] for number in self._pending]
        self._pending, self._shortlist = [], None
        return self._learner.learn(pending, scores, imagine)

    def _fit_steps(self, results: int) -> int:
        """Returns how many steps of the model's hyper-parameters so many results call for."""
        if not self._learner.version:
            return FIRST_FIT * self._settings.fit_steps
        return math.ceil(self._settings.fit_steps * min(1, FULL_FIT / results))

    def save(self) -> bytes:
        """Returns policy, optimiser, model, shortlist and generator. Results are left to the history."""
        tensors = self._learner.save()
        tensors |= prefixed(_SURROGATE, self._surrogate.save())
        if self._shortlist is not None:
            tensors |= prefixed(_SHORTLIST, self._shortlist.tensors)
        tensors[_GENERATOR] = self._generator.get_state()
        return pack(self.name, {"version": self._learner.version, "pending": self._pending}, tensors)

    def restore(self, state: bytes, history: Sequence[Trial]) -> None:  # noqa: D102
        record, tensors = unpack(self.name, state)
        self._learner.restore(tensors, record["version"])
        self._surrogate.restore(under(_SURROGATE, tensors))
        shortlist = under(_SHORTLIST, tensors)
        self._shortlist = Shortlist(shortlist) if shortlist else None
        self._generator.set_state(tensors[_GENERATOR])
        self._pending = record["pending"]
        told = (result_of(trial) for trial in history if trial.told_event is not None)
        self._results = {result.number: result for result in told if result is not None}
        self._proposed = {trial.architecture.tokens for trial in history}
        self._in_work = {trial.architecture.tokens: None for trial in history if not trial.state.is_final}
        self._known = None
