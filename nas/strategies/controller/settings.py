"""The constants of the default strategy, with what they mean and the ranges in which they were looked at."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Le


@dataclass(frozen=True, slots=True)
class ControllerSettings:
    """How policy and model learn. The annotations are what is accepted, the ranges in brackets the usual ones."""

    first_results: Annotated[int, Ge(2), Le(10_000)] = 32
    """Results before there is a model; until then the policy, still uniform, is drawn from [8-48]."""
    results_per_update: Annotated[int, Ge(1), Le(10_000)] = 8
    """Results after which model and policy are brought up to date, once a `tell` at most [1-16]."""
    results_limit: Annotated[int, Ge(2), Le(5_000)] = 500
    """Most results the model is fitted to, since its cost grows with their cube [300-1000]."""
    fit_steps: Annotated[int, Ge(0), Le(1_000)] = 3
    """Steps of the model's hyper-parameters at each update; ten times as many at the first, and above 100 results
    fewer: times 100 / results, rounded up [1-10]."""
    imagined_steps: Annotated[int, Ge(1), Le(1_000)] = 4
    """Steps of the policy at each update, each on other imagined results [2-16]."""
    imagined_results: Annotated[int, Ge(2), Le(10_000)] = 32
    """Architectures that the policy draws, and the model scores, for one step [16-128]."""
    optimism: Annotated[float, Ge(0), Le(100)] = 1.0
    """Deviations of the model that are added to its mean as the imagined reward [0.5-2]."""
    tried_penalty: Annotated[float, Ge(0), Le(100)] = 1.0
    """Deviations of the scores taken off the imagined reward of what has been trained already [0-2]."""
    learning_rate: Annotated[float, Gt(0), Le(1)] = 0.01
    """Of Adam [0.005-0.02]."""
    entropy_weight: Annotated[float, Ge(0), Le(100)] = 1.2
    """Score that one nat of entropy, averaged over the decisions, is worth; more explores longer [0.6-2.5]."""
    hidden: Annotated[int, Ge(1), Le(4096)] = 32
    """Size of the LSTM's state [16-128]."""
    embedding: Annotated[int, Ge(1), Le(4096)] = 16
    """Numbers that stand for one choice of one decision at the LSTM's input [8-64]."""
    gradient_clip: Annotated[float, Gt(0), Le(1_000)] = 1.0
    """Largest norm of the whole gradient [0.5-5]."""
    importance_clip: Annotated[float, Ge(1), Le(1_000)] = 2.0
    """Largest weight of a real result that came late [1-10]."""
    drawn: Annotated[int, Ge(1), Le(10_000)] = 128
    """Candidates that the policy draws [64-512]."""
    drawn_hot: Annotated[int, Ge(0), Le(10_000)] = 128
    """Candidates that the policy draws at a higher temperature [64-512]."""
    temperature: Annotated[float, Ge(1), Le(100)] = 3.0
    """That temperature [2-5]."""
    mutated: Annotated[int, Ge(0), Le(10_000)] = 128
    """Candidates that are changed copies of the best results [0-512]."""
    mutation_rate: Annotated[float, Ge(0), Le(100)] = 1.0
    """Decisions of such a copy that change besides the one that always does, on average [0-2]."""
    parents: Annotated[int, Ge(1), Le(10_000)] = 8
    """How many of the best results are copied [1-32]."""
    shortlist: Annotated[int, Ge(1), Le(10_000)] = 64
    """Candidates kept until the next update, those of the highest expected improvement [32-256]."""


DEFAULT_SETTINGS = ControllerSettings()
