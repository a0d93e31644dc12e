"""From an outcome to what a strategy maximises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nas.objectives import ACCURACY, Measured, Objective, values_of
from nas.reward_config import RewardConfig
from workers.job import Outcome


@dataclass(frozen=True)
class Judge:
    """Gives each objective its value; the first is the reward.

    With targets an accuracy counts times (cost / target) ^ exponent for each of them: Tan et al. 2019, section 3,
    equations 2 and 3. Their soft constraint has -0.07 on both sides: twice the cost is worth 5 % more accuracy. Their
    hard one has 0 below and -1 above.
    """

    objectives: Sequence[Objective] = (Objective(ACCURACY),)
    targets: Mapping[str, float] = field(default_factory=dict)
    exponent_below: float = -0.07
    exponent_above: float = -0.07

    @classmethod
    def of(cls, config: RewardConfig) -> "Judge":
        """Returns the judge that a configuration asks for; raises `ConfigError` where it cannot be read."""
        return cls(config.parsed, config.targets, config.exponent_below, config.exponent_above)

    def __call__(self, outcome: Outcome) -> tuple[float, ...] | None:
        """Returns one number an objective, more is better; None for a failed training.

        Raises `ConfigError` where a measure is needed that the outcome does not have.
        """
        if outcome.failure is not None:
            return None
        where = f"outcome of trial {outcome.job_id}"
        values = values_of(self.objectives, outcome, where)
        if not self.targets:
            return values
        weight = self.weight(outcome, where)
        return tuple(
            value * weight if objective.measure == ACCURACY else value
            for objective, value in zip(self.objectives, values, strict=True)
        )

    def weight(self, network: Measured, where: str) -> float:
        """Returns what the accuracy of a network counts times: 1 on its targets. Raises as `__call__` does."""
        weight = 1.0
        for measure, target in self.targets.items():
            (cost,) = values_of((Objective(measure),), network, where)
            exponent = self.exponent_below if cost <= target else self.exponent_above
            weight *= (cost / target) ** exponent
        return weight
