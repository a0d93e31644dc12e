"""Everything that tells one policy gradient from another, with what it means and the ranges in use."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt


@dataclass(frozen=True, slots=True)
class PolicyGradientSettings:
    """How a policy is made and how it learns. The annotations are what is accepted, the ranges in brackets the usual.

    The defaults are those of `reinforce:improved`.
    """

    hidden: Annotated[int, Ge(0), Le(4096)] = 32
    """Size of the LSTM's state; 0 for a table of independent logits instead of an LSTM [16-128]."""
    layers: Annotated[int, Ge(1), Le(8)] = 1
    """LSTMs on top of each other [1-2]."""
    embedding: Annotated[int, Ge(1), Le(4096)] = 16
    """Numbers that stand for one choice of one decision at the LSTM's input [8-100]."""
    initial_weight: Annotated[float, Gt(0), Le(10)] = 0.1
    """Initial weights of the LSTM are uniform between plus and minus this [0.05-0.1]."""
    logit_temperature: Annotated[float, Gt(0), Le(1_000)] = 1.0
    """What every logit is divided by: above 1 learns more slowly and keeps exploring [1-5]."""
    tanh_constant: Annotated[float, Ge(0), Le(1_000)] = 0.0
    """Largest size of a logit, by a hyperbolic tangent; 0 for no limit [1-3]."""

    scores: Literal["rank", "raw", "cubed"] = "rank"
    """What is maximised: normal scores of ranks among all results so far, the first value itself, or its cube."""
    baseline_decay: Annotated[float, Ge(0), Lt(1)] = 0.9
    """Weight of the past in the moving average of the scores; 0.9 remembers about ten results [0.8-0.99]."""

    loss: Literal["reinforce", "ppo"] = "reinforce"
    """Policy gradient with importance weights, or the clipped surrogate of proximal policy optimisation."""
    importance_clip: Annotated[float, Ge(1), Le(1_000)] = 2.0
    """Of reinforce: largest weight of a result that came late [1-10]."""
    ratio_clip: Annotated[float, Gt(0), Lt(1)] = 0.2
    """Of ppo: how far the ratio of probabilities may leave 1 before a result has no say any more [0.1-0.3]."""
    policy_weight: Annotated[float, Ge(0), Le(1_000)] = 1.0
    """Of that loss; 0 leaves the priority queue and the entropy [0-1]."""
    queue_size: Annotated[int, Ge(0), Le(10_000)] = 0
    """How many of the best results a priority queue holds, whose likelihood is raised; 0 for none [5-10]."""
    queue_weight: Annotated[float, Ge(0), Le(1_000)] = 1.0
    """Of the queue's mean log-likelihood in the loss [0.3-200]."""
    entropy_weight: Annotated[float, Ge(0), Le(100)] = 1.0
    """Score that one nat of entropy is worth; more explores longer [0-2]."""
    entropy_per: Literal["decision", "architecture"] = "decision"
    """Whether that entropy is the mean or the sum over the decisions. With the mean, one weight suits short and long
    sequences, since the share of a decision in the score shrinks as there are more of them."""

    optimizer: Literal["adam", "rmsprop"] = "adam"
    """Adam (Kingma and Ba 2015) or RMSProp (Tieleman and Hinton 2012)."""
    learning_rate: Annotated[float, Gt(0), Le(1)] = 0.01
    """Of the optimiser. The 0.0003 to 0.0006 of the literature learn nothing within hundreds of trials [0.005-0.02]."""
    gradient_clip: Annotated[float, Gt(0), Le(1_000_000)] = 1.0
    """Largest norm of the whole gradient [0.5-50]."""
    results_per_update: Annotated[int, Ge(1), Le(10_000)] = 4
    """Results that share an update [1-64]."""
    steps_per_update: Annotated[int, Ge(1), Le(1_000)] = 1
    """Gradient steps on these results, each an update of its own on record [1-10]."""


DEFAULT_SETTINGS = PolicyGradientSettings()
