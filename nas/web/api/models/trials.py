"""Trials: what they are, what came of them, and what they are made of."""

from typing import Annotated

from pydantic import ConfigDict, Field

from nas.trial import AttemptState, Origin, TrialState
from nas.web.api.models.base import Answer, Measure, Text
from nas.web.api.models.examples import TRIAL, TRIAL_DETAIL
from workers.job import FailureKind

Shape = tuple[int, int, int]


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


class LayerAnswer(Answer):
    """One layer of a network, or one part of it; for one picture."""

    name: str
    """where it is in the network"""
    kind: str
    """what it does"""
    inputs: list[Shape]
    """shapes that it takes"""
    output: Shape
    """shape that it gives"""
    kernel: tuple[int, int] | None
    """height and width of its window"""
    stride: int | None
    """step of its window"""
    padding: tuple[int, int] | None
    """padding of its window"""
    activation_bytes: int
    """memory of what it gives"""
    parameters: int
    """learnt numbers"""
    multiply_adds: int
    """for one picture"""


class LayersAnswer(Answer):
    """A network layer by layer, and what the whole costs."""

    title: str
    """which network"""
    image: Shape
    """channels, height and width of a picture"""
    classes: int
    """kinds of pictures"""
    parameters: int
    """learnt numbers"""
    multiply_adds: int
    """of convolutions and linear layers"""
    multiply_adds_with_normalisation: int
    """those of normalisation counted as well"""
    batch: int
    """pictures at once, for the memory below"""
    peak_activation_bytes: int
    """most that is held at once to predict"""
    training_activation_bytes: int
    """what is kept for the backward pass"""
    layers: list[LayerAnswer]
    """in the order in which they run"""


class ArchitectureAnswer(Answer):
    """One function graph in one search, and what its trainings gave together."""

    search: str
    """the search"""
    canonical_key: str
    """equal for architectures that compute the same"""
    first_number: int
    """the first trial that trained it"""
    trainings: int
    """that gave a reward"""
    mean_reward: Measure
    """over these"""
    parameters: int | None
    """learnt numbers"""
    multiply_adds: int | None
    """for one picture"""


class Compared(Answer):
    """One of the trials that are compared."""

    search: str
    """its search"""
    trial: TrialAnswer
    """what came of it"""
    text: str
    """its architecture on one line"""


class Difference(Answer):
    """One decision in all trials that are compared."""

    name: str
    """the decision"""
    options: list[str | None]
    """what each trial chose; null where its space has no such decision"""
    differs: bool
    """whether they are not all the same"""


class ComparisonAnswer(Answer):
    """Trials side by side."""

    trials: list[Compared]
    """in the order asked for"""
    decisions: list[Difference]
    """decision by decision"""
    differences: int
    """how many of them differ"""
    is_same_function: bool
    """whether all compute the same, however they are written down"""
