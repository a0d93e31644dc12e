"""Trials: what they are, what came of them, and what they are made of."""

from typing import Annotated

from pydantic import ConfigDict, Field

from nas.trial import AttemptState, Origin, TrialState
from nas.web.api.models.base import Answer, Measure, Text
from nas.web.api.models.examples import TRIAL, TRIAL_DETAIL
from workers.job import FailureKind


class ArchitectureTokens(Answer):
    """One architecture: the option chosen for each decision of a space."""

    space: Annotated[str, Field(examples=["cell"])]
    """the space"""
    tokens: Annotated[list[int], Field(examples=[[0, 3, 1, 2]])]
    """for each decision the place of the chosen option"""


class TrialAnswer(Answer):
    """A trial, in one line of the table."""

    model_config = ConfigDict(json_schema_extra={"examples": [TRIAL]})

    number: int
    """0, 1, 2, ... within the search"""
    state: TrialState
    """what it does, or how it ended"""
    architecture: ArchitectureTokens
    """what is trained"""
    canonical_key: str
    """equal for architectures that compute the same"""
    origin: Origin
    """who wanted it"""
    repeat: int
    """which training of its architecture it is"""
    reward: Measure
    """the first of the values that the search maximises"""
    validation_accuracy: Measure
    """from 0 to 1"""
    parameters: int | None
    """learnt numbers"""
    multiply_adds: int | None
    """for one picture"""
    latency_ms: Measure
    """of one forward pass on its worker, where it was measured"""
    train_seconds: Measure
    """time on a worker"""
    failure: FailureKind | None
    """why it failed"""
    attempts: int
    """how often it was begun"""
    worker: str
    """host, process and device; empty until one has it"""
    log_probability: Measure
    """natural logarithm of the probability with which the policy drew it; null without a policy"""
    policy_version: int | None
    """how many updates the policy had seen then"""
    told_event: int | None
    """when the strategy was told of it, in the search's own counting"""
    created_at: float
    """UTC epoch seconds"""
    started_at: float | None
    """UTC epoch seconds"""
    finished_at: float | None
    """UTC epoch seconds"""


class TrialDetail(TrialAnswer):
    """Everything that is known of a trial but its learning curve, attempts and decisions."""

    model_config = ConfigDict(json_schema_extra={"examples": [TRIAL_DETAIL]})

    seed: int
    """seed of its training"""
    parent: int | None
    """number of the trial whose architecture was changed into this one; null where there is none, or where an older
    version has not kept it"""
    asked_event: int
    """when the strategy proposed it, in the search's own counting"""
    objectives: list[Measure]
    """all that the search maximises, where that is several values"""
    baseline: Measure
    """what the strategy expected, in the units of its scores"""
    validation_loss: Measure
    """mean cross-entropy"""
    infrastructure_failures: int
    """attempts that ended with their worker"""
    own_failures: int
    """attempts that ended by the child's own fault and were followed by another"""
    error_text: Text
    """error and traceback of a failed trial"""


class AttemptAnswer(Answer):
    """One attempt at a trial."""

    attempt: int
    """1, 2, 3, ..."""
    state: AttemptState
    """what became of it"""
    worker: str
    """host, process and device; empty until its first sign of life"""
    started_at: float
    """UTC epoch seconds"""
    ended_at: float | None
    """UTC epoch seconds"""
    last_epoch: int
    """the last epoch that was reported"""
    progress_at: float | None
    """when that was, UTC epoch seconds"""
    failure: FailureKind | None
    """why it ended without a result"""
    error_text: Text
    """error and traceback"""


class EpochAnswer(Answer):
    """One point of a learning curve."""

    epoch: int
    """1, 2, 3, ..."""
    train_loss: Measure
    """mean cross-entropy of the epoch's batches"""
    validation_loss: Measure
    """mean cross-entropy"""
    validation_accuracy: Measure
    """from 0 to 1"""
    seconds: Measure
    """time of the epoch"""


class DecisionAnswer(Answer):
    """What was chosen for one decision."""

    name: Annotated[str, Field(examples=["normal.block0.left_op"])]
    """the decision"""
    option: Annotated[str, Field(examples=["sep_conv_3x3"])]
    """what was chosen"""
    token: int
    """its place among the options"""
    options: list[str]
    """what could be chosen"""
    log_probability: Measure
    """natural logarithm of the probability with which the policy chose it, given the decisions before; null without a
    policy, or where an older version has not kept it"""
    probability: Measure
    """the same as a probability"""
    recent_share: Measure
    """how often, from 0 to 1, the strategy's last `recent_trials` trials before this one chose the same: what it had
    come to prefer by then; null for the first trial"""


class DecisionsAnswer(Answer):
    """How a trial's architecture came about."""

    space: str
    """the space"""
    text: Annotated[str, Field(examples=["cell:0.3.1.2"])]
    """the architecture on one line, as `nas draw` and `nas profile` take it"""
    origin: Origin
    """who wanted it"""
    log_probability: Measure
    """natural logarithm of the probability with which the policy drew all decisions together; null without a policy"""
    probability: Measure
    """the same as a probability"""
    policy_version: int | None
    """how many updates the policy had seen then"""
    recent_trials: int
    """how many of the strategy's trials the shares are of"""
    decisions: list[DecisionAnswer]
    """in the order of the tokens"""
