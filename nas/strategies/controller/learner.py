"""The policy of the controller and how it learns: from real results, and from those that a model imagines."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, final

import torch
from torch import Tensor

from nas.controller.descent import Descent
from nas.controller.losses import kl_divergence, reinforce_loss
from nas.controller.policy import LstmPolicy, PolicySample
from nas.strategies.controller.results import Result
from nas.strategies.controller.settings import ControllerSettings
from nas.trial import PolicyUpdate
from search_spaces.space import Space

Imagine = Callable[[Tensor], Tensor]
"""From tokens (B, T) to imagined rewards (B,), in scores."""


class _Real(NamedTuple):
    """Real results of one update; `R` of them, which may be none."""

    tokens: Tensor
    """(R, T)."""
    scores: Tensor
    """(R,)."""
    log_probabilities: Tensor
    """(R,): of the policy that proposed them, then."""


class _Step(NamedTuple):
    """What a step saw and did; only the tensors of the real results are kept, and the sample to measure it on."""

    sample: PolicySample
    baseline: float
    advantages: Tensor
    new_log_probabilities: Tensor
    importance_weights: Tensor
    loss: float
    gradient_norm: float


@final
class Learner:
    """An LSTM policy and its optimiser."""

    def __init__(self, space: Space, settings: ControllerSettings, generator: torch.Generator) -> None:
        self._settings, self._generator = settings, generator
        self.policy = LstmPolicy(
            [len(decision.options) for decision in space.decisions],
            nodes=[decision.nodes for decision in space.decisions],
            hidden=settings.hidden,
            embedding=settings.embedding,
            generator=generator,
        )
        self._descent = Descent(
            self.policy, "adam", learning_rate=settings.learning_rate, gradient_clip=settings.gradient_clip
        )
        self._entropy_weight = settings.entropy_weight / len(space.decisions)  # 9.
        self.version = 0

    def draw(self, count: int, temperature: float = 1.0) -> Tensor:
        """Returns tokens (count, T)."""
        with torch.no_grad():
            sample = self.policy(count=count, generator=self._generator, temperature=temperature)
        tokens: Tensor = sample.tokens
        return tokens

    @torch.no_grad()
    def score(self, tokens: Tensor) -> PolicySample:
        """Returns tokens (M, T) with their log-probabilities."""
        sample: PolicySample = self.policy(tokens)
        return sample

    def learn(self, results: Sequence[Result], scores: Mapping[int, float], imagine: Imagine) -> PolicyUpdate:
        """Takes one step on `results` together with imagined ones, then more steps on imagined ones alone.

        `scores` has the score of each trial's number. Only results that a policy drew are learnt from directly.
        """
        drawn = [result for result in results if result.log_probability is not None]
        real = _Real(
            torch.tensor([result.tokens for result in drawn]),
            torch.tensor([scores[result.number] for result in drawn], dtype=torch.float64),
            torch.tensor([result.log_probability for result in drawn], dtype=torch.float32),
        )
        first = self._step(imagine, real)
        for _ in range(self._settings.imagined_steps - 1):
            self._step(imagine, None)
        with torch.no_grad():
            after = self.policy(first.sample.tokens).log_options
        self.version += 1
        return PolicyUpdate(
            version=self.version,
            trials=tuple(result.number for result in drawn),
            scores=tuple(real.scores.tolist()),
            baselines=(first.baseline,) * len(drawn),
            advantages=tuple(first.advantages.tolist()),
            old_log_probabilities=tuple(real.log_probabilities.tolist()),
            new_log_probabilities=tuple(first.new_log_probabilities.tolist()),
            importance_weights=tuple(first.importance_weights.tolist()),
            loss=first.loss,
            entropy=first.sample.entropies.mean().item(),
            gradient_norm=first.gradient_norm,
            kl=kl_divergence(first.sample.log_options.detach(), after).item(),
            staleness=tuple(self.version - 1 - (result.policy_version or 0) for result in drawn),
            imagined=self._settings.imagined_steps * self._settings.imagined_results,
        )

    def _step(self, imagine: Imagine, real: _Real | None) -> _Step:
        """One step of gradient descent on imagined results, and on real ones where they are given."""
        sample = self.policy(count=self._settings.imagined_results, generator=self._generator)
        rewards = imagine(sample.tokens)
        baseline = rewards.mean()  # 8.
        loss, _ = reinforce_loss(
            sample.log_probabilities,
            sample.log_probabilities.detach(),
            (rewards - baseline).float(),
            sample.entropies,
            entropy_weight=self._entropy_weight,
            clip=1.0,
        )
        new = weights = advantages = torch.zeros(0)
        if real is not None and len(real.tokens):
            new = self.policy(real.tokens).log_probabilities
            advantages = real.scores - baseline
            real_loss, diagnostics = reinforce_loss(  # 10.
                new,
                real.log_probabilities,
                advantages.float(),
                torch.zeros(len(new)),
                entropy_weight=0.0,
                clip=self._settings.importance_clip,
            )
            loss, weights = loss + real_loss, diagnostics.importance_weights
        norm = self._descent.step(loss)
        return _Step(sample, baseline.item(), advantages, new.detach(), weights, loss.item(), norm)

    def save(self) -> dict[str, Tensor]:
        """Returns weights and optimiser as tensors."""
        return self._descent.save()

    def restore(self, tensors: Mapping[str, Tensor], version: int) -> None:
        """Takes back what `save` returned, and how many updates there were; other tensors may be among them."""
        self._descent.restore(tensors)
        self.version = version
