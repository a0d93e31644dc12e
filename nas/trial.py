"""The records of a search: what a strategy proposes, what a trial was and became, what an update of the policy did.

Frozen values. They cross from strategies to storage and back, so that every update can be computed again from the
database alone.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from search_spaces.architecture import Architecture
from workers.job import EpochMetrics, FailureKind


class TrialState(StrEnum):
    """Waiting -> running -> completed or failed; a running trial whose worker is lost waits again."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether the trial can never change again."""
        return self in (TrialState.COMPLETED, TrialState.FAILED)


class AttemptState(StrEnum):
    """What became of one attempt at a trial."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    """The child's own failure, whether the trial is tried again or not."""
    LOST = "lost"
    """Its worker or its node went away."""
    PREEMPTED = "preempted"
    """The worker was asked to end by whoever runs its machine."""
    CANCELLED = "cancelled"
    """The search was stopped, or its driver went away."""
    FENCED = "fenced"
    """Given up, and yet it sent a result, which was thrown away."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a trial; the trial has as many as its `attempts`. Times are UTC epoch seconds."""

    number: int
    """Of the trial."""
    attempt: int
    """1, 2, 3, ..."""
    state: AttemptState
    token: str
    worker: str = ""
    """Host, process and device; empty until the worker's first sign of life."""
    started_at: float = 0.0
    ended_at: float | None = None
    last_epoch: int = 0
    """The last epoch that its worker has reported; a later attempt may go on behind an epoch that was saved."""
    progress_at: float | None = None
    """When that was."""
    failure: FailureKind | None = None
    error_text: str = ""


@dataclass(frozen=True, slots=True)
class SavedTraining:
    """The state of a training after an epoch, from which another worker can go on; see `workers.saved`."""

    epoch: int
    state: bytes = field(repr=False)


class Origin(StrEnum):
    """Who wanted a trial."""

    STRATEGY = "strategy"
    HAND = "hand"
    """Somebody, who added the architecture."""
    RETRY = "retry"
    """Somebody, who wanted a failed trial done again."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An architecture to try, and what the strategy needs back with its result, however late that comes."""

    architecture: Architecture
    log_probability: float | None = None
    """Natural logarithm of the policy's probability of these tokens when they were drawn; None without a policy."""
    policy_version: int | None = None
    """How many updates the policy had seen when it drew them."""
    repeat: int = 0
    """0, 1, 2, ...: which training of this architecture it is, where each is trained several times."""
    origin: Origin = Origin.STRATEGY
    decision_log_probabilities: tuple[float, ...] = ()
    """Of each decision given those before it, in the order of the tokens; their sum is `log_probability`, to rounding.
    Empty without a policy."""
    parent: int | None = None
    """Number of the trial whose architecture was changed into this one; None where it was not made from another."""


@dataclass(frozen=True, slots=True)
class NewTrial:
    """A proposal made ready for the database."""

    proposal: Proposal
    canonical_key: str
    seed: int


@dataclass(frozen=True, slots=True)
class Trial:
    """One architecture in one search.

    Every `ask` and every `tell` of a search has an event number, counted from 1. `asked_event` and `told_event` say in
    which order the strategy saw things, so a replay in that order gives the same strategy. Times are UTC epoch seconds.
    """

    trial_id: int
    search_id: int
    number: int
    """0, 1, 2, ... within the search, without gaps."""
    architecture: Architecture
    canonical_key: str
    seed: int
    state: TrialState
    asked_event: int
    told_event: int | None = None
    log_probability: float | None = None
    policy_version: int | None = None
    repeat: int = 0
    """Which training of its architecture it is; see `Proposal`."""
    origin: Origin = Origin.STRATEGY
    decision_log_probabilities: tuple[float, ...] = ()
    """Of each decision; see `Proposal`. Empty too for trials of older versions."""
    parent: int | None = None
    """Number of the trial that it was made from; see `Proposal`. None too for trials of older versions."""
    reward: float | None = None
    """The first of the values that the search maximises; None for a failed trial."""
    objectives: tuple[float, ...] = ()
    """All values that the search maximises, where there are several; see `values`."""
    reward_variance: float | None = None
    """Of `reward`, where it is a mean over repeated trainings that a strategy is told; never stored."""
    baseline: float | None = None
    """The strategy's expectation when it was told, in the units of its scores; None without a baseline."""
    attempts: int = 0
    token: str = ""
    """Names the attempt that is running; empty unless the trial is."""
    infrastructure_failures: int = 0
    """Attempts that ended with their worker and not by the child's fault."""
    own_failures: int = 0
    """Attempts that ended by the child's fault and were followed by another."""
    validation_accuracy: float | None = None
    validation_loss: float | None = None
    parameters: int | None = None
    multiply_adds: int | None = None
    latency_ms: float | None = None
    """Milliseconds of one forward pass on the worker's device; None where it was not measured."""
    train_seconds: float = 0.0
    curve: tuple[EpochMetrics, ...] = ()
    failure: FailureKind | None = None
    error_text: str = ""
    worker: str = ""
    created_at: float = 0.0
    started_at: float | None = None
    finished_at: float | None = None

    @property
    def values(self) -> tuple[float, ...]:
        """What the search maximises: one number, or one for each objective; empty without a result."""
        if self.objectives:
            return self.objectives
        return () if self.reward is None else (self.reward,)

    def as_running(self) -> "Trial":
        """Returns the trial as it was before it ended: without what came of it."""
        return replace(
            self,
            state=TrialState.RUNNING,
            told_event=None,
            reward=None,
            objectives=(),
            baseline=None,
            validation_accuracy=None,
            validation_loss=None,
            parameters=None,
            multiply_adds=None,
            latency_ms=None,
            train_seconds=0.0,
            curve=(),
            failure=None,
            error_text="",
            worker="",
            finished_at=None,
        )


@dataclass(frozen=True, slots=True)
class PolicyUpdate:
    """One update of a policy. The tuples run over `trials`.

    Of policy gradients (`nas.strategies.policy_gradient`) it is one gradient step on the trials, and the trials and
    what is here are enough to compute it again. Of the controller it is several steps on imagined results, the first
    of them on the trials as well; it is computed again by replaying the search, as the model's part is not on record.
    """

    version: int
    """Updates so far, this one included: the version of the policy that results."""
    trials: tuple[int, ...]
    """Numbers of the trials it learnt from."""
    scores: tuple[float, ...]
    """Rewards as the policy saw them, after scaling."""
    baselines: tuple[float, ...]
    """What the score is held against: a moving average of the scores told before; of the controller the mean imagined
    reward of its first step, the same for all."""
    advantages: tuple[float, ...]
    """Scores less baselines: above 0 the trial becomes likelier, below 0 less likely."""
    old_log_probabilities: tuple[float, ...]
    """Of each trial, under the policy that drew it."""
    new_log_probabilities: tuple[float, ...]
    """Under the policy just before the update."""
    importance_weights: tuple[float, ...]
    """Clipped exp(new - old): how much a result of an older policy counts."""
    loss: float
    """What the step descended, just before it, of several the first; of little use by itself: its zero is arbitrary."""
    entropy: float
    """Summed over the decisions, in nats: how undecided the policy was before the update. A mean over the trials; of
    the controller over what it drew for its first step."""
    gradient_norm: float
    """Length of the whole gradient of the loss, before it is clipped: how much these results pull; of several steps
    that of the first."""
    kl: float | None
    """Kullback-Leibler divergence, in nats, from the policy before the update to the one after all its steps, on the
    trials, of the controller on what it drew for its first step: how far the step went; None for a step of a time when
    that was not measured."""
    staleness: tuple[int, ...] = ()
    """How many updates lie between the policy that drew each trial and the one that learns from it."""
    imagined: int = 0
    """Imagined results, of a learned model of the rewards, that all its steps learnt from besides."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a strategy made of the trials it was told: their baselines, in order, and the updates that followed."""

    baselines: tuple[float | None, ...]
    updates: tuple[PolicyUpdate, ...] = ()
