"""Every update of a policy, computed again from nothing but what a database file holds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from nas.controller.base import Policy
from nas.controller.flat import FlatPolicy
from nas.controller.losses import ppo_loss, reinforce_loss
from nas.controller.policy import LstmPolicy
from nas.rewards import normal_score
from nas.search.replay import open_trials
from nas.storage.open import open_storage
from nas.storage.records import SearchRecord
from nas.strategies.base import Strategy
from nas.strategies.deduplicated import Deduplicated
from nas.strategies.policy_gradient.presets import PRESETS
from nas.strategies.policy_gradient.settings import PolicyGradientSettings
from nas.strategies.policy_gradient.strategy import PolicyGradient
from nas.strategies.registry import build_strategy
from nas.strategies.state import unpack
from nas.trial import PolicyUpdate, Trial
from search_spaces.registry import build_space
from search_spaces.space import Space
from workers.job import FailureKind

SPACE = build_space("toy", blocks=2)
"""Some of its options are earlier blocks."""
FAILURES = {3: FailureKind.DIVERGED, 9: FailureKind.ERROR}
FAILED = float("-inf")


@dataclass(frozen=True)
class Stored:
    """All that is left of a search."""

    record: SearchRecord
    trials: list[Trial]
    updates: list[PolicyUpdate]
    state: bytes


@pytest.fixture
def stored(harness, tmp_path: Path):
    """Runs a search of three workers with `strategy` on SQLite, stopped in between where asked, and reads it back."""

    def run(strategy: Any, *, trials: int = 36, stop_after: int | None = None) -> Stored:
        url = f"sqlite:///{tmp_path / 'nas.db'}"
        with open_storage(url) as storage:
            search = harness(space=SPACE, storage=storage, trials=trials, slots=3, failures=FAILURES).create()
            search.strategy = strategy
            if stop_after:
                search.run(stop_after=stop_after)
            search.run()
        with open_storage(url, read_only=True) as storage:
            record = storage.search("s")
            checkpoint = storage.latest_checkpoint(record.search_id)
            assert checkpoint is not None
            assert checkpoint.event == record.event
            return Stored(
                record, storage.trials(record.search_id), storage.updates(record.search_id), checkpoint.state
            )

    return run


class Learner:
    """A policy gradient once more, from its description: no code of the strategy, only its policy and its losses."""

    def __init__(self, space: Space, seed: int, settings: PolicyGradientSettings) -> None:
        self.settings = settings
        self.decisions = len(space.decisions)
        self.policy = policy_of(space, seed, settings)
        optimizers = {"adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop}
        self.optimizer = optimizers[settings.optimizer](self.policy.parameters(), lr=settings.learning_rate)
        self.told: list[Trial] = []
        self.average: float | None = None
        self.version = 0

    def log_probability(self, trial: Trial) -> float:
        with torch.no_grad():
            return self.policy(torch.tensor([trial.architecture.tokens])).log_probabilities.item()

    def score(self, trial: Trial) -> tuple[float, float]:
        """Returns score and baseline of the trial that is told next."""
        self.told.append(trial)
        ranked = [FAILED if one.reward is None else one.reward for one in self.told]
        accuracy = trial.reward or 0.0
        if self.settings.scores == "rank":
            score = normal_score(ranked[-1], sorted(ranked))
        else:
            score = accuracy**3 if self.settings.scores == "cubed" else accuracy
        baseline = score if self.average is None else self.average
        decay = self.settings.baseline_decay
        self.average = decay * baseline + (1 - decay) * score
        return score, baseline

    def queue(self) -> list[tuple[int, ...]]:
        best = sorted((one for one in self.told if one.reward is not None), key=lambda one: one.number)
        best.sort(key=lambda one: one.reward, reverse=True)
        return [one.architecture.tokens for one in best][: self.settings.queue_size]

    def loss(
        self, sample: Any, old: Sequence[float], advantages: Sequence[float]
    ) -> tuple[torch.Tensor, Any]:
        settings = self.settings
        arguments = (
            sample.log_probabilities,
            torch.tensor(old),
            settings.policy_weight * torch.tensor(advantages),
            sample.entropies,
        )
        weight = settings.entropy_weight / (self.decisions if settings.entropy_per == "decision" else 1)
        if settings.loss == "ppo":
            loss, parts = ppo_loss(*arguments, entropy_weight=weight, clip=settings.ratio_clip)
        else:
            loss, parts = reinforce_loss(*arguments, entropy_weight=weight, clip=settings.importance_clip)
        if self.queue():
            of_queue = self.policy(torch.tensor(self.queue())).log_probabilities
            loss = loss - settings.queue_weight * of_queue.mean()
        return loss, parts

    def step(self, trials: Sequence[Trial], scored: Sequence[tuple[float, float]]) -> PolicyUpdate:
        old = tuple(trial.log_probability for trial in trials)
        advantages = tuple(score - baseline for score, baseline in scored)
        tokens = torch.tensor([trial.architecture.tokens for trial in trials])
        sample = self.policy(tokens)
        loss, parts = self.loss(sample, old, advantages)
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.policy.parameters(), self.settings.gradient_clip)
        self.optimizer.step()
        with torch.no_grad():
            before, after = sample.log_options, self.policy(tokens).log_options
            kl = (before.exp() * (before - after)).sum((0, 2)).mean()
        self.version += 1
        return PolicyUpdate(
            version=self.version,
            trials=tuple(trial.number for trial in trials),
            scores=tuple(score for score, _ in scored),
            baselines=tuple(baseline for _, baseline in scored),
            advantages=advantages,
            old_log_probabilities=old,
            new_log_probabilities=tuple(sample.log_probabilities.tolist()),
            importance_weights=tuple(parts.importance_weights.tolist()),
            loss=loss.item(),
            entropy=parts.entropy.item(),
            gradient_norm=norm.item(),
            kl=kl.item(),
            staleness=tuple(self.version - 1 - trial.policy_version for trial in trials),
        )


def policy_of(space: Space, seed: int, settings: PolicyGradientSettings) -> Policy:
    counts = [len(decision.options) for decision in space.decisions]
    if settings.hidden == 0:
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
        generator=torch.Generator().manual_seed(seed),
    )


def recomputed(learner: Learner, stored: Stored) -> list[PolicyUpdate]:
    """Goes through the events in order, and checks on the way what is stored of each trial."""
    settings, updates = learner.settings, []
    pending: list[tuple[Trial, tuple[float, float]]] = []
    for event in range(1, stored.record.event + 1):
        for trial in stored.trials:
            if trial.asked_event == event:
                assert trial.policy_version == len(updates)
                assert trial.log_probability == pytest.approx(learner.log_probability(trial), abs=1e-5)
                assert sum(trial.decision_log_probabilities) == pytest.approx(trial.log_probability, abs=1e-5)
            if trial.told_event == event:
                scored = learner.score(trial)
                assert trial.baseline == scored[1]
                pending.append((trial, scored))
        if len(pending) == settings.results_per_update:
            trials, scores = zip(*pending, strict=True)
            updates += [learner.step(trials, scores) for _ in range(settings.steps_per_update)]
            pending = []
    return updates


@pytest.mark.parametrize(
    ("name", "preset", "stop_after"),
    [
        *((name, preset, None) for name, presets in PRESETS.items() for preset in presets),
        ("reinforce", "improved", 13),
        ("pqt", "improved", 13),
    ],
)
def test_every_update_follows_from_the_database_alone(
    stored, name: str, preset: str, stop_after: int | None
) -> None:
    settings = replace(
        PRESETS[name][preset], results_per_update=min(PRESETS[name][preset].results_per_update, 4)
    )

    def strategy() -> Strategy:
        return Deduplicated(PolicyGradient(SPACE, 7, settings), SPACE.canonical_key)

    found = stored(strategy, stop_after=stop_after)
    updates = found.updates
    assert len(updates) == 36 // settings.results_per_update * settings.steps_per_update
    assert max(max(update.staleness) for update in updates) > 0
    assert any(abs(weight - 1) > 1e-6 for update in updates for weight in update.importance_weights)
    assert max(update.kl for update in updates) > 1e-6

    learner = Learner(SPACE, found.record.seed, settings)
    assert recomputed(learner, found) == updates
    saved = unpack("policy_gradient", found.state)[1]
    for parameter, weight in learner.policy.state_dict().items():
        assert torch.equal(saved[f"policy.{parameter}"], weight), parameter


@pytest.mark.parametrize("name", [*PRESETS, "controller"])
def test_replaying_the_database_gives_every_update_again(stored, name: str) -> None:
    """The same asks and tells in the same order, put to a fresh strategy."""

    def strategy() -> Strategy:
        return Deduplicated(build_strategy(name, SPACE, 7, results_per_update=4), SPACE.canonical_key)

    found = stored(strategy, trials=40, stop_after=17)
    assert len(found.updates) > 2
    fresh, again = strategy(), []
    for event in range(1, found.record.event + 1):
        asked = [trial for trial in found.trials if trial.asked_event == event]
        told = [trial for trial in found.trials if trial.told_event == event]
        if asked:
            proposals = fresh.ask(len(asked))
            assert [one.architecture for one in proposals] == [trial.architecture for trial in asked]
            assert [one.log_probability for one in proposals] == [trial.log_probability for trial in asked]
            logarithms = [one.decision_log_probabilities for one in proposals]
            assert logarithms == [trial.decision_log_probabilities for trial in asked]
            assert all(logarithms)
        if told:
            again += fresh.tell(told, open_trials(found.trials, event)).updates
    assert again == found.updates
