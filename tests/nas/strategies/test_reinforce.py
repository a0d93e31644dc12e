"""What REINFORCE makes of results, and that its records alone suffice to compute every update again."""

from dataclasses import replace
from statistics import NormalDist

import pytest
import torch

from nas.controller.losses import reinforce_loss
from nas.controller.policy import LstmPolicy
from nas.rewards import normal_score
from nas.strategies.reinforce import Reinforce, ReinforceSettings
from nas.strategies.state import unpack
from nas.trial import PolicyUpdate, Trial
from search_spaces.architecture import Architecture
from search_spaces.spaces.toy import ToySpace
from tests.nas.strategies.driver import Driver, Measure
from workers.job import FailureKind

SPACE = ToySpace()
OPTION_COUNTS = [len(decision.options) for decision in SPACE.decisions]


def accuracy(architecture: Architecture) -> float:
    return sum(architecture.tokens) / 8


def driver(settings: ReinforceSettings | None = None, measure: Measure = accuracy, seed: int = 0) -> Driver:
    return Driver(Reinforce(SPACE, seed, settings or ReinforceSettings()), SPACE, measure)


def scripted(*results: float | FailureKind) -> Measure:
    """The results in the order in which trials are told."""
    coming = iter(results)
    return lambda _: next(coming)


# Recomputing from the records


def recompute(
    seed: int, settings: ReinforceSettings, trials: list[Trial], updates: list[PolicyUpdate]
) -> dict[str, torch.Tensor]:
    """Returns the final weights, from what a database holds, and checks every update on the way."""
    generator = torch.Generator().manual_seed(seed)
    policy = LstmPolicy(
        OPTION_COUNTS, hidden=settings.hidden, embedding=settings.embedding, generator=generator
    )
    optimizer = torch.optim.Adam(policy.parameters(), lr=settings.learning_rate)
    for update in updates:
        sample = policy(torch.tensor([trials[number].architecture.tokens for number in update.trials]))
        assert tuple(sample.log_probabilities.tolist()) == update.new_log_probabilities
        loss, diagnostics = reinforce_loss(
            sample.log_probabilities,
            torch.tensor([trials[number].log_probability for number in update.trials]),
            torch.tensor(update.advantages),
            sample.entropies,
            entropy_weight=settings.entropy_weight / len(OPTION_COUNTS),
            clip=settings.importance_clip,
        )
        assert loss.item() == update.loss
        assert diagnostics.entropy.item() == update.entropy
        assert tuple(diagnostics.importance_weights.tolist()) == update.importance_weights
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(policy.parameters(), settings.gradient_clip)
        assert norm.item() == update.gradient_norm
        optimizer.step()
    return policy.state_dict()


def run_with_late_results(settings: ReinforceSettings, seed: int) -> Driver:
    """Eight in work at once, told in twos and threes out of order, every kind of failure among them."""

    def measure(architecture: Architecture) -> float | FailureKind:
        number = sum(token << position for position, token in enumerate(architecture.tokens))
        return list(FailureKind)[number % 5] if number % 6 == 0 else accuracy(architecture)

    late = driver(settings, measure, seed)
    late.ask(8)
    for turn in range(20):
        open_numbers = [trial.number for trial in late.trials if not trial.state.is_final]
        told = open_numbers[:: 3 + turn % 2][::-1]
        late.tell(told)
        late.ask(len(told))
    return late


@pytest.mark.parametrize(
    "settings",
    [
        ReinforceSettings(),
        ReinforceSettings(
            scores="raw", results_per_update=3, learning_rate=0.05, importance_clip=1.2, hidden=8
        ),
    ],
    ids=["rank", "raw"],
)
def test_every_update_can_be_computed_again_from_the_records(settings: ReinforceSettings) -> None:
    live = run_with_late_results(settings, seed=4)
    assert len(live.updates) > 8
    assert any(trial.failure for trial in live.trials)
    assert any(
        weight not in (1.0, settings.importance_clip) for u in live.updates for weight in u.importance_weights
    )

    weights = recompute(4, settings, live.trials, live.updates)
    _, saved = unpack("reinforce", live.strategy.save())
    for name, weight in weights.items():
        assert torch.equal(saved[f"policy.{name}"], weight), name


@pytest.mark.parametrize("scores", ["rank", "raw"])
def test_scores_and_baselines_follow_from_the_trials(scores: str) -> None:
    """The other half of the records: rewards in the order told give scores, baselines and advantages."""
    settings = ReinforceSettings(scores=scores)  # type: ignore[arg-type]
    live = driver(settings, scripted(*(0.3, 0.5, 0.4, FailureKind.DIVERGED, 0.9, 0.9, 0.1, 0.6)))
    live.ask(8)
    for number in range(8):
        live.tell([number])
    told: list[float] = []
    expected_scores, expected_baselines, average = [], [], None
    for trial in live.trials:
        value = trial.reward if trial.reward is not None else (-1.0 if scores == "rank" else 0.0)
        told.append(value)
        score = normal_score(value, sorted(told)) if scores == "rank" else value
        average = score if average is None else average
        expected_scores.append(score)
        expected_baselines.append(average)
        average = 0.9 * average + (1 - 0.9) * score
    first, second = live.updates
    assert [*first.scores, *second.scores] == expected_scores
    assert [*first.baselines, *second.baselines] == expected_baselines
    assert [trial.baseline for trial in live.trials] == expected_baselines
    for update in live.updates:
        pairs = zip(update.scores, update.baselines, strict=True)
        assert update.advantages == tuple(score - baseline for score, baseline in pairs)


# What is proposed


def test_proposals_carry_what_comes_back_with_the_result() -> None:
    live = driver(ReinforceSettings(results_per_update=2))
    live.rounds(3, batch=2)
    assert [trial.policy_version for trial in live.trials] == [0, 0, 1, 1, 2, 2]
    assert [update.version for update in live.updates] == [1, 2, 3]
    for update in live.updates:
        assert update.old_log_probabilities == tuple(live.trials[n].log_probability for n in update.trials)
        # Told at once, the policy has not moved in between, and scoring again repeats the drawing.
        assert update.new_log_probabilities == pytest.approx(update.old_log_probabilities, abs=1e-5)
        assert update.importance_weights == pytest.approx((1.0, 1.0), abs=1e-5)


def test_updates_take_results_in_the_order_told_and_wait_for_enough() -> None:
    live = driver(ReinforceSettings(results_per_update=3))
    live.ask(8)
    assert live.tell([5, 2]).updates == ()
    assert [update.trials for update in live.tell([7, 0]).updates] == [(5, 2, 7)]
    assert [update.trials for update in live.tell([1, 3, 4]).updates] == [(0, 1, 3)]


# What results count for


def test_a_childs_own_failure_ranks_below_every_result() -> None:
    live = driver(measure=scripted(0.2, FailureKind.OUT_OF_MEMORY, 0.1, FailureKind.ERROR))
    live.ask(4)
    live.tell(range(4))
    (update,) = live.updates
    lowest_of_two = NormalDist().inv_cdf((1 - 0.375) / 2.25)
    tied_lowest_of_four = NormalDist().inv_cdf((1.5 - 0.375) / 4.25)
    assert update.scores[1] == pytest.approx(lowest_of_two)
    assert update.scores[3] == pytest.approx(tied_lowest_of_four)
    assert update.scores[2] > update.scores[3]


@pytest.mark.parametrize("kind", [FailureKind.WORKER_LOST, FailureKind.CANCELLED])
def test_failures_of_the_machinery_are_ignored(kind: FailureKind) -> None:
    spared, plain = (
        driver(measure=scripted(0.1, kind, 0.7, 0.3, 0.5)),
        driver(measure=scripted(0.1, 0.7, 0.3, 0.5)),
    )
    spared.ask(5)
    plain.ask(5)
    assert spared.tell([0, 4, 1, 2, 3]).baselines[1] is None
    plain.tell([0, 1, 2, 3])
    assert spared.updates == plain.updates
    assert len(plain.updates) == 1


def test_a_failure_not_told_before_the_state_was_saved_is_no_result_yet() -> None:
    live = driver(measure=scripted(0.1, 0.2, 0.3))
    live.ask(4)
    live.tell([0])
    restored = Reinforce(SPACE, 0)
    failed_unheard = replace(live.trials[3], failure=FailureKind.DIVERGED)
    restored.restore(live.strategy.save(), [*live.trials[:3], failed_unheard])
    resumed = Driver(restored, SPACE, live.measure)
    resumed.trials = list(live.trials)
    assert resumed.tell([1, 2]).baselines[1] == pytest.approx(0.1 * NormalDist().inv_cdf((2 - 0.375) / 2.25))


def test_results_no_policy_drew_are_ranked_but_not_learnt_from() -> None:
    live = driver(measure=scripted(0.9, 0.1, 0.2, 0.3, 0.4))
    live.ask(5)
    live.trials[0] = replace(live.trials[0], log_probability=None)
    live.tell(range(5))
    (update,) = live.updates
    assert update.trials == (1, 2, 3, 4)
    assert update.scores[0] == pytest.approx(NormalDist().inv_cdf((1 - 0.375) / 2.25))


def test_ranks_take_the_scale_out_of_the_rewards() -> None:
    stretched, plain = driver(measure=lambda a: accuracy(a) ** 9), driver()
    for each in (stretched, plain):
        each.rounds(6, batch=4)
    assert stretched.updates == plain.updates
    raw = ReinforceSettings(scores="raw")
    stretched, plain = driver(raw, lambda a: accuracy(a) ** 9), driver(raw)
    for each in (stretched, plain):
        each.rounds(6, batch=4)
    assert stretched.updates != plain.updates


# Settings


@pytest.mark.parametrize(
    "other",
    [
        ReinforceSettings(learning_rate=0.02),
        ReinforceSettings(hidden=16),
        ReinforceSettings(embedding=8),
        ReinforceSettings(entropy_weight=0.5),
        ReinforceSettings(baseline_decay=0.5),
        ReinforceSettings(results_per_update=5),
        ReinforceSettings(gradient_clip=0.05),
        ReinforceSettings(importance_clip=1.0),
        ReinforceSettings(scores="raw"),
    ],
    ids=lambda settings: next(
        name
        for name in ReinforceSettings.__slots__
        if getattr(settings, name) != getattr(ReinforceSettings(), name)
    ),
)
def test_every_setting_changes_the_search(other: ReinforceSettings) -> None:
    assert run_with_late_results(other, 0).updates != run_with_late_results(ReinforceSettings(), 0).updates


def test_the_gradient_is_clipped() -> None:
    """With a tiny limit the direction of Adam's first step is kept; what differs is only its later momentum."""
    live = driver(ReinforceSettings(gradient_clip=1e-3))
    live.rounds(4, batch=4)
    assert min(update.gradient_norm for update in live.updates) > 1e-3
    _, tensors = unpack("reinforce", live.strategy.save())
    moments = torch.cat([m.flatten() for name, m in tensors.items() if name.endswith(".exp_avg")])
    assert moments.norm().item() <= 1e-3


def test_a_saved_state_is_small_and_no_pickle() -> None:
    live = driver()
    live.rounds(10, batch=4)
    state = live.strategy.save()
    assert len(state) < 200_000
    assert b"torch" not in state
    assert state[8:9] == b"{"
