"""Every update of the policy, computed again from nothing but what a database file holds."""

from bisect import insort
from pathlib import Path

import pytest
import torch

from nas.controller.losses import reinforce_loss
from nas.controller.policy import LstmPolicy
from nas.rewards import normal_score
from nas.storage.open import open_storage
from nas.strategies.reinforce import ReinforceSettings
from nas.strategies.state import unpack
from nas.trial import PolicyUpdate, Trial
from search_spaces.registry import build_space
from workers.job import FailureKind

SETTINGS = ReinforceSettings()


class Learner:
    """REINFORCE once more, from its description: no code of the strategy, only its policy and its loss."""

    def __init__(self, option_counts: list[int], seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.policy = LstmPolicy(
            option_counts, hidden=SETTINGS.hidden, embedding=SETTINGS.embedding, generator=generator
        )
        self.optimizer = torch.optim.Adam(self.policy.parameters(), lr=SETTINGS.learning_rate)
        self.values: list[float] = []
        self.average: float | None = None

    def log_probability(self, trial: Trial) -> float:
        with torch.no_grad():
            return self.policy(torch.tensor([trial.architecture.tokens])).log_probabilities.item()

    def score(self, trial: Trial) -> tuple[float, float]:
        """Returns score and baseline of the trial that is told next."""
        value = float("-inf") if trial.reward is None else trial.reward
        insort(self.values, value)
        score = normal_score(value, self.values)
        baseline = score if self.average is None else self.average
        self.average = SETTINGS.baseline_decay * baseline + (1 - SETTINGS.baseline_decay) * score
        return score, baseline

    def step(self, trials: list[Trial], scored: list[tuple[float, float]], version: int) -> PolicyUpdate:
        old = tuple(trial.log_probability for trial in trials)
        advantages = tuple(score - baseline for score, baseline in scored)
        sample = self.policy(torch.tensor([trial.architecture.tokens for trial in trials]))
        loss, parts = reinforce_loss(
            sample.log_probabilities,
            torch.tensor(old),
            torch.tensor(advantages),
            sample.entropies,
            entropy_weight=SETTINGS.entropy_weight / len(self.policy.option_counts),
            clip=SETTINGS.importance_clip,
        )
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.policy.parameters(), SETTINGS.gradient_clip)
        self.optimizer.step()
        return PolicyUpdate(
            version=version,
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
        )


@pytest.mark.parametrize("stop_after", [None, 13])
def test_every_update_follows_from_the_database_alone(harness, tmp_path: Path, stop_after: int | None):
    url = f"sqlite:///{tmp_path / 'nas.db'}"
    with open_storage(url) as storage:
        failures = {3: FailureKind.DIVERGED, 9: FailureKind.ERROR}
        search = harness(storage=storage, trials=36, slots=3, failures=failures).create()
        if stop_after:
            search.run(stop_after=stop_after)
        search.run()

    with open_storage(url, read_only=True) as storage:
        record = storage.search("s")
        trials, updates = storage.trials(record.search_id), storage.updates(record.search_id)
        checkpoint = storage.latest_checkpoint(record.search_id)
    assert checkpoint is not None
    assert checkpoint.event == record.event
    assert len(updates) == 36 // SETTINGS.results_per_update
    assert any(max(update.importance_weights) != 1 for update in updates)

    learner = Learner(
        [len(decision.options) for decision in build_space(record.space).decisions], record.seed
    )
    again: list[PolicyUpdate] = []
    pending: list[tuple[Trial, tuple[float, float]]] = []
    for event in range(1, record.event + 1):
        for trial in trials:
            if trial.asked_event == event:
                assert trial.policy_version == len(again)
                assert trial.log_probability == learner.log_probability(trial)
            if trial.told_event == event:
                scored = learner.score(trial)
                assert trial.baseline == scored[1]
                pending.append((trial, scored))
        if len(pending) == SETTINGS.results_per_update:
            again.append(learner.step(*map(list, zip(*pending, strict=True)), len(again) + 1))
            pending = []
    assert again == updates
    saved = unpack("reinforce", checkpoint.state)[1]
    for name, weight in learner.policy.state_dict().items():
        assert torch.equal(saved[f"policy.{name}"], weight), name
