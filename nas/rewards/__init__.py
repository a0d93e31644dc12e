"""What a search maximises: the judge of outcomes, scores of ranks, and fronts of several objectives."""

from nas.rewards.judge import Judge
from nas.rewards.scores import normal_score, normal_scores

__all__ = ["Judge", "normal_score", "normal_scores"]
