"""REINFORCE: an LSTM policy that learns by policy gradient which architectures score well (Zoph and Le 2017).

Measured on NAS-Bench-201 (CIFAR-10, 12 epochs; eight in work, no repeats, 50 seeds), test accuracy of the best by
validation after 100 and 300 trials: 88.33 and 89.00 % with the default settings, 88.08 and 88.38 % by random search.
The best of all by validation has 89.03 %. After 40 trials the two are still equal.

Implementation details, each marked by its number in the code:

1. Samples are independent draws of the policy. A wrapper may reject some and have them drawn again; the log-probability
   that travels with a proposal is the policy's own, not that of the policy restricted to what is accepted.
2. Scores: a result counts by the normal score of its rank among all results told so far, itself included
   (`nas.rewards`). With raw accuracies, published controllers hardly learn within a few hundred trials.
3. A failed child ranks below every result: the policy should learn to avoid it. As a raw score it is accuracy 0.
   A failure of the machinery says nothing about the child and is ignored.
4. The baseline is an exponential moving average of the scores, taken before the result it is subtracted from, so that
   the gradient stays unbiased; Zoph and Le 2017, section 3.2. The first result is its own baseline.
5. One step for every `results_per_update` results, in the order told, not waiting for those still in work.
6. A result is weighted by how much likelier the present policy would draw it than the one that did, clipped, as results
   come late (`nas.controller.losses`).
7. The entropy bonus is per decision: with one weight, policies of 6 and of 32 decisions neither collapse nor stay
   uniform, since the share of a decision in the score shrinks as there are more of them.
8. Adam; the gradient is scaled down to norm `gradient_clip` where it is longer.
"""

from bisect import insort
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, ClassVar, Literal, final

import torch
from annotated_types import Ge, Gt, Le, Lt
from torch import Tensor

from nas.controller.losses import reinforce_loss
from nas.controller.policy import LstmPolicy
from nas.rewards import normal_score
from nas.strategies.base import Strategy
from nas.strategies.filter import ANYTHING, Filter
from nas.strategies.state import pack, unpack
from nas.trial import Feedback, PolicyUpdate, Proposal, Trial
from search_spaces.space import Space

_POLICY, _ADAM, _GENERATOR = "policy.", "adam.", "generator"
"""How the tensors of a saved state are named."""


@dataclass(frozen=True, slots=True)
class ReinforceSettings:
    """How the policy learns. The annotations are what is accepted, the ranges in brackets the usual ones."""

    learning_rate: Annotated[float, Gt(0), Le(1)] = 0.01
    """Of Adam. The 0.0003 to 0.0006 of the literature learn nothing within hundreds of trials [0.005-0.02]."""
    hidden: Annotated[int, Ge(1), Le(4096)] = 32
    """Size of the LSTM's state; more was no better [16-128]."""
    embedding: Annotated[int, Ge(1), Le(4096)] = 16
    """Numbers that stand for one choice of one decision at the LSTM's input [8-64]."""
    entropy_weight: Annotated[float, Ge(0), Le(100)] = 1.0
    """Score that one nat of entropy, averaged over the decisions, is worth; more explores longer [0-2]."""
    baseline_decay: Annotated[float, Ge(0), Lt(1)] = 0.9
    """Weight of the past in the moving average; 0.9 remembers about ten results [0.8-0.99]."""
    results_per_update: Annotated[int, Ge(1), Le(10_000)] = 4
    """Results that share one step [1-20]."""
    gradient_clip: Annotated[float, Gt(0), Le(1_000)] = 1.0
    """Largest norm of the whole gradient [0.5-5]."""
    importance_clip: Annotated[float, Ge(1), Le(1_000)] = 2.0
    """Largest weight of a result that came late [1-10]."""
    scores: Literal["rank", "raw"] = "rank"
    """What the policy maximises: normal scores of ranks, or the accuracy itself."""


DEFAULT_SETTINGS = ReinforceSettings()


@dataclass(frozen=True, slots=True)
class _Result:
    """A trial that the policy was told and has yet to learn from."""

    number: int
    tokens: tuple[int, ...]
    log_probability: float
    score: float
    baseline: float


@final
class Reinforce(Strategy):
    """An LSTM policy and its optimiser. The same seed, asks and tells give the same proposals and updates."""

    name: ClassVar[str] = "reinforce"

    def __init__(self, space: Space, seed: int, settings: ReinforceSettings = DEFAULT_SETTINGS) -> None:
        self._space, self._settings = space, settings
        self._generator = torch.Generator().manual_seed(seed)
        self._policy = LstmPolicy(
            [len(decision.options) for decision in space.decisions],
            hidden=settings.hidden,
            embedding=settings.embedding,
            generator=self._generator,
        )
        self._optimizer = torch.optim.Adam(self._policy.parameters(), lr=settings.learning_rate)
        self._version = 0
        self._baseline: float | None = None
        self._told: list[float] = []  # values of all results, ascending
        self._pending: list[_Result] = []

    def ask(self, count: int, accepts: Filter = ANYTHING) -> list[Proposal]:
        """Draws one after the other, which may repeat earlier ones."""
        found: list[Proposal] = []
        while len(found) < count and not accepts.gave_up:
            with torch.no_grad():  # 1.
                sample = self._policy(generator=self._generator)
            architecture = self._space.architecture(sample.tokens[0].tolist())
            if accepts(architecture):
                found.append(Proposal(architecture, sample.log_probabilities.item(), self._version))
        return found

    def tell(self, completed: Sequence[Trial], running: Sequence[Trial]) -> Feedback:  # noqa: ARG002
        """Scores each result as it comes, and takes a step whenever enough of them are there."""
        baselines: list[float | None] = []
        updates: list[PolicyUpdate] = []
        for trial in completed:
            baselines.append(self._score(trial))
            if len(self._pending) == self._settings.results_per_update:  # 5.
                updates.append(self._update())
        return Feedback(tuple(baselines), tuple(updates))

    def _score(self, trial: Trial) -> float | None:
        """Takes in a result and returns the baseline it is held against, None for what is no result."""
        value = self._value(trial)
        if value is None:
            return None
        insort(self._told, value)
        score = normal_score(value, self._told) if self._settings.scores == "rank" else value  # 2.
        baseline = score if self._baseline is None else self._baseline  # 4.
        decay = self._settings.baseline_decay
        self._baseline = decay * baseline + (1 - decay) * score
        if trial.log_probability is not None:  # only what a policy drew says where the policy should go
            tokens = trial.architecture.tokens
            self._pending.append(_Result(trial.number, tokens, trial.log_probability, score, baseline))
        return baseline

    def _value(self, trial: Trial) -> float | None:
        """Returns what orders the results, None where the child was never judged."""
        if trial.failure is None:
            return trial.reward
        if trial.failure.is_infrastructure:  # 3.
            return None
        return float("-inf") if self._settings.scores == "rank" else 0.0

    def _update(self) -> PolicyUpdate:
        """Takes one step on the pending results and forgets them."""
        results, self._pending = self._pending, []
        advantages = [result.score - result.baseline for result in results]
        sample = self._policy(torch.tensor([result.tokens for result in results]))
        loss, diagnostics = reinforce_loss(  # 6.
            sample.log_probabilities,
            _float_tensor([result.log_probability for result in results]),
            _float_tensor(advantages),
            sample.entropies,
            entropy_weight=self._settings.entropy_weight / len(self._policy.option_counts),  # 7.
            clip=self._settings.importance_clip,
        )
        norm = self._step(loss)
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
            kl=0.0,
            staleness=tuple(0 for _ in results),
        )

    def _step(self, loss: Tensor) -> float:
        """Descends the loss and returns the norm of its gradient."""
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self._policy.parameters(), self._settings.gradient_clip)  # 8.
        self._optimizer.step()
        return norm.item()

    def save(self) -> bytes:
        """Returns weights, optimiser, generator, baseline and what is pending. Results told are left to the history."""
        tensors = {_POLICY + name: weight for name, weight in self._policy.state_dict().items()}
        for index, moments in self._optimizer.state_dict()["state"].items():
            tensors.update({f"{_ADAM}{index}.{name}": moment for name, moment in moments.items()})
        tensors[_GENERATOR] = self._generator.get_state()
        record = {
            "version": self._version,
            "baseline": self._baseline,
            "pending": [asdict(result) for result in self._pending],
        }
        return pack(self.name, record, tensors)

    def restore(self, state: bytes, history: Sequence[Trial]) -> None:  # noqa: D102
        record, tensors = unpack(self.name, state)
        self._policy.load_state_dict(_under(_POLICY, tensors))
        moments: dict[int, dict[str, Tensor]] = {}
        for key, moment in _under(_ADAM, tensors).items():
            index, name = key.split(".")
            moments.setdefault(int(index), {})[name] = moment
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": moments, "param_groups": groups})
        self._generator.set_state(tensors[_GENERATOR])
        self._version, self._baseline = record["version"], record["baseline"]
        self._pending = [
            _Result(**{**result, "tokens": tuple(result["tokens"])}) for result in record["pending"]
        ]
        told = (self._value(trial) for trial in history if trial.told_event is not None)
        self._told = sorted(value for value in told if value is not None)


def _float_tensor(values: Sequence[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Returns the tensors named `prefix...`, without the prefix."""
    return {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
