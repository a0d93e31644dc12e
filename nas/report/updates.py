"""The updates of a policy, as a table, and what each of its numbers says."""

from collections.abc import Callable, Sequence
from statistics import fmean

from nas.report.tables import GAP, Column
from nas.trial import PolicyUpdate

NUMBER = "{:.3f}".format


def _mean(read: Callable[[PolicyUpdate], Sequence[float]]) -> Callable[[PolicyUpdate], float | None]:
    def mean(update: PolicyUpdate) -> float | None:
        values = read(update)
        return fmean(values) if values else None

    return mean


UPDATE_COLUMNS: tuple[Column[PolicyUpdate], ...] = (
    Column("version", "version", lambda update: update.version),
    Column("trials", "trials", lambda update: len(update.trials)),
    Column("imagined", "imagined", lambda update: update.imagined),
    Column("mean_score", "score", _mean(lambda update: update.scores), NUMBER),
    Column("mean_baseline", "baseline", _mean(lambda update: update.baselines), NUMBER),
    Column("mean_advantage", "advantage", _mean(lambda update: update.advantages), NUMBER),
    Column("mean_importance_weight", "weight", _mean(lambda update: update.importance_weights), NUMBER),
    Column("largest_staleness", "staleness", lambda update: max(update.staleness, default=None)),
    Column("loss", "loss", lambda update: update.loss, NUMBER),
    Column("entropy_nats", "entropy", lambda update: update.entropy, NUMBER),
    Column("gradient_norm", "gradient", lambda update: update.gradient_norm, NUMBER),
    Column("kl_nats", "KL", lambda update: update.kl, "{:.5f}".format),
)

MEANINGS = {
    "version": "updates of the policy, this one included: one step each, of the controller several",
    "trials": "results it learnt from",
    "imagined": "results that a model of the rewards imagined, and all steps of it learnt from as well",
    "score": "mean reward of the trials as the policy saw it, after scaling",
    "baseline": "mean of what they are held against: earlier scores; of the controller, what its first step imagined",
    "advantage": "mean of score less baseline: above 0, their choices are made likelier, below, less likely",
    "weight": "mean of how much likelier they are drawn now than when they were, clipped: corrects for late results",
    "staleness": "most updates that lie between the policy that drew a trial and the one that learns from it",
    "loss": "what the first step descends: less the weighted advantage, less the bonus for entropy",
    "entropy": "nats, summed over the decisions: how undecided the policy still is; at 0 it proposes one network",
    "gradient": "norm of the gradient of the first step before clipping: how far that wanted to go",
    "KL": "nats from the policy before the update to that after all its steps: how far it did go",
}
"""Header -> one sentence."""


def format_meanings() -> str:
    """Returns a line for each column."""
    width = max(map(len, MEANINGS))
    return "\n".join(f"{header:<{width}}{GAP}{meaning}" for header, meaning in MEANINGS.items())
