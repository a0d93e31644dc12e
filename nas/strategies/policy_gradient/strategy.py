"""The strategy itself: draws of the policy, and updates on what became of them.

The package says what it does and why; the numbers in the comments are those of its list.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import ClassVar, final

import torch
from torch import Tensor

from nas.controller.base import Policy, PolicySample
from nas.controller.descent import Descent
from nas.controller.flat import FlatPolicy
from nas.controller.losses import LossDiagnostics, kl_divergence, ppo_loss, queue_loss, reinforce_loss
from nas.controller.policy import LstmPolicy
from nas.rewards import normal_scores
from nas.strategies.base import Strategy
from nas.strategies.best import WORST, Values, values_of
from nas.strategies.filter import ANYTHING, Filter
from nas.strategies.policy_gradient.settings import DEFAULT_SETTINGS, PolicyGradientSettings
from nas.strategies.state import pack, unpack
from nas.trial import Feedback, Origin, PolicyUpdate, Proposal, Trial
from search_spaces.space import Space

LARGEST_BLOCK = 256
"""Draws at once while everything is rejected: enough that the cost of a call is small beside theirs."""
_GENERATOR = "generator"
"""How the state of the random numbers is named among the tensors of a saved state."""


@dataclass(frozen=True, slots=True)
class _Result:
    """A trial that the policy was told and has yet to learn from."""

    number: int
    tokens: tuple[int, ...]
    log_probability: float
    policy_version: int
    score: float
    baseline: float


@final
class PolicyGradient(Strategy):
    """A policy and its optimiser. The same seed, asks and tells give the same proposals and updates."""

    name: ClassVar[str] = "policy_gradient"

    def __init__(self, space: Space, seed: int, settings: PolicyGradientSettings = DEFAULT_SETTINGS) -> None:
        self._space, self._settings = space, settings
        self._generator = torch.Generator().manual_seed(seed)
        self._policy = build_policy(space, settings, self._generator)
        self._descent = Descent(
            self._policy,
            settings.optimizer,
            learning_rate=settings.learning_rate,
            gradient_clip=settings.gradient_clip,
        )
        self._loss = {
            "reinforce": partial(reinforce_loss, clip=settings.importance_clip),
            "ppo": partial(ppo_loss, clip=settings.ratio_clip),
        }[settings.loss]
        decisions = {"decision": len(space.decisions), "architecture": 1}[settings.entropy_per]  # 9.
        self._entropy_weight = settings.entropy_weight / decisions
        self._version = 0
        self._baseline: float | None = None
        self._told: dict[int, tuple[Values, tuple[int, ...]]] = {}  # values and tokens by the trial's number
        self._pending: list[_Result] = []

    def ask(self, count: int, accepts: Filter = ANYTHING) -> list[Proposal]:
        """Draws until `count` are accepted; they may repeat earlier ones."""
        found: list[Proposal] = []
        block = count
        while len(found) < count and not accepts.gave_up:
            for proposal in self._draw(block):
                if len(found) == count or accepts.gave_up:
                    break
                if accepts(proposal.architecture):
                    found.append(proposal)
            block = min(2 * block, LARGEST_BLOCK)
        return found

    def _draw(self, count: int) -> Iterable[Proposal]:
        with torch.no_grad():
            sample = self._policy(count=count, generator=self._generator)  # 1.
        drawn = zip(
            sample.tokens.tolist(),
            sample.log_probabilities.tolist(),
            sample.log_chosen.tolist(),
            strict=True,
        )
        for tokens, log_probability, log_chosen in drawn:
            yield Proposal(
                self._space.architecture(tokens),
                log_probability,
                self._version,
                decision_log_probabilities=tuple(log_chosen),
            )

    def tell(self, completed: Sequence[Trial], running: Sequence[Trial]) -> Feedback:  # noqa: ARG002
        """Scores each result as it comes, and learns whenever enough of them are there."""
        baselines: list[float | None] = []
        updates: list[PolicyUpdate] = []
        for trial in completed:
            baselines.append(self._take_in(trial))
            if len(self._pending) == self._settings.results_per_update:  # 5.
                results, self._pending = self._pending, []
                updates += [self._update(results) for _ in range(self._settings.steps_per_update)]
        return Feedback(tuple(baselines), tuple(updates))

    def _take_in(self, trial: Trial) -> float | None:
        """Keeps a result and returns the baseline it is held against, None for one that is not the policy's own."""
        tokens = trial.architecture.tokens
        values = values_of(trial)
        self._told[trial.number] = (values, tokens)
        if trial.origin is not Origin.STRATEGY:
            return None  # the baseline is what to expect of the policy; ranks and queue take in any result
        score = self._score(values)
        baseline = score if self._baseline is None else self._baseline  # 4.
        decay = self._settings.baseline_decay
        self._baseline = decay * baseline + (1 - decay) * score
        if trial.log_probability is not None:  # only what a policy drew says where the policy should go
            version = self._version if trial.policy_version is None else trial.policy_version
            self._pending.append(
                _Result(trial.number, tokens, trial.log_probability, version, score, baseline)
            )
        return baseline

    def _score(self, values: Values) -> float:
        """Returns the score of the result told last."""
        if self._settings.scores == "rank":
            return normal_scores([values for values, _ in self._told.values()])[-1]  # 2.
        value = 0.0 if values[0] == WORST else values[0]  # 3.
        return value ** {"raw": 1, "cubed": 3}[self._settings.scores]

    def _update(self, results: Sequence[_Result]) -> PolicyUpdate:
        """Takes one step on the results."""
        advantages = [result.score - result.baseline for result in results]
        tokens = torch.tensor([result.tokens for result in results])
        sample = self._policy(tokens)
        loss, diagnostics = self._total_loss(sample, results, advantages)
        norm = self._descent.step(loss)
        with torch.no_grad():
            after = self._policy(tokens).log_options
        self._version += 1
        return PolicyUpdate(
            version=self._version,
            trials=tuple(result.number for result in results),
            scores=tuple(result.score for result in results),
            baselines=tuple(result.baseline for result in results),
            advantages=tuple(advantages),
            old_log_probabilities=tuple(result.log_probability for result in results),
            new_log_probabilities=tuple(sample.log_probabilities.tolist()),
            importance_weights=tuple(diagnostics.importance_weights.tolist()),
            loss=loss.item(),
            entropy=diagnostics.entropy.item(),
            gradient_norm=norm,
            kl=kl_divergence(sample.log_options.detach(), after).item(),
            staleness=tuple(self._version - 1 - result.policy_version for result in results),
        )

    def _total_loss(
        self, sample: PolicySample, results: Sequence[_Result], advantages: Sequence[float]
    ) -> tuple[Tensor, LossDiagnostics]:
        """Returns the loss of the results, entropy included, and of the priority queue where there is one."""
        loss, diagnostics = self._loss(  # 6.
            sample.log_probabilities,
            torch.tensor([result.log_probability for result in results], dtype=torch.float32),
            self._settings.policy_weight * torch.tensor(advantages, dtype=torch.float32),  # 7.
            sample.entropies,
            entropy_weight=self._entropy_weight,
        )
        queue = self._queue()
        if queue:
            of_queue = queue_loss(self._policy(torch.tensor(queue)).log_probabilities)
            loss = loss + self._settings.queue_weight * of_queue
        return loss, diagnostics

    def _queue(self) -> list[tuple[int, ...]]:
        """Returns the tokens of the best results so far, best first, of equal ones the earlier trial."""
        if not self._settings.queue_size:
            return []
        told = sorted((number, *result) for number, result in self._told.items() if WORST not in result[0])
        scores = normal_scores([values for _, values, _ in told])
        best = sorted(zip(scores, told, strict=True), key=lambda one: (-one[0], one[1][0]))
        different = dict.fromkeys(tokens for _, (_, _, tokens) in best)  # 8.
        return list(different)[: self._settings.queue_size]

    def save(self) -> bytes:
        """Returns weights, optimiser, generator, baseline and what is pending. Results told are left to the history."""
        tensors = {**self._descent.save(), _GENERATOR: self._generator.get_state()}
        record = {
            "version": self._version,
            "baseline": self._baseline,
            "pending": [asdict(result) for result in self._pending],
        }
        return pack(self.name, record, tensors)

    def restore(self, state: bytes, history: Sequence[Trial]) -> None:  # noqa: D102
        record, tensors = unpack(self.name, state)
        self._descent.restore(tensors)
        self._generator.set_state(tensors[_GENERATOR])
        self._version, self._baseline = record["version"], record["baseline"]
        self._pending = [
            _Result(**{**result, "tokens": tuple(result["tokens"])}) for result in record["pending"]
        ]
        self._told = {
            trial.number: (values_of(trial), trial.architecture.tokens)
            for trial in history
            if trial.told_event is not None
        }


def build_policy(space: Space, settings: PolicyGradientSettings, generator: torch.Generator) -> Policy:
    """Returns the policy of these settings before it learnt anything; `generator` gives its initial weights."""
    counts = [len(decision.options) for decision in space.decisions]
    if not settings.hidden:
        return FlatPolicy(counts)
    return LstmPolicy(
        counts,
        nodes=[decision.nodes for decision in space.decisions],
        hidden=settings.hidden,
        layers=settings.layers,
        embedding=settings.embedding,
        initial_weight=settings.initial_weight,
        temperature=settings.logit_temperature,
        tanh_constant=settings.tanh_constant or None,
        generator=generator,
    )
