"""The section of the configuration that says what a search is after, and what of it contradicts the limits."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from nas.errors import ConfigError
from nas.objectives import ACCURACY, LATENCY, MACS, PARAMS, Objective, parse_objectives

Exponent = Annotated[float, Field(ge=-10, le=0)]


class RewardConfig(BaseModel):
    """What makes one network better than another."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    objectives: tuple[str, ...] = (ACCURACY,)
    """accuracy, params, macs, latency; -params where less is better; of several, a front of trade-offs is found"""
    target_params: int | None = Field(None, ge=1)
    """learnt numbers that a network should have: accuracy then counts times (its / these) ^ exponent"""
    target_macs: int | None = Field(None, ge=1)
    """multiply-adds that a network should take for one picture; counts likewise"""
    target_latency_ms: float | None = Field(None, gt=0)
    """milliseconds that one forward pass should take on a worker; counts likewise"""
    exponent_below: Exponent = -0.07
    """exponent for networks at or below a target; 0 does not care how far below"""
    exponent_above: Exponent = -0.07
    """exponent for networks above a target; -1 makes it almost a limit"""
    latency_batch_size: int = Field(1, ge=1, le=4096)
    """pictures in a forward pass that is timed; their time is for all of them together"""

    @property
    def parsed(self) -> tuple[Objective, ...]:
        """The objectives; raises `ConfigError` where they cannot be read."""
        return parse_objectives(self.objectives)

    @property
    def targets(self) -> dict[str, float]:
        """Measure -> what it should be."""
        wanted = {PARAMS: self.target_params, MACS: self.target_macs, LATENCY: self.target_latency_ms}
        return {measure: target for measure, target in wanted.items() if target is not None}

    @property
    def needs_latency(self) -> bool:
        """Whether networks must be timed."""
        return LATENCY in self.targets or any(objective.measure == LATENCY for objective in self.parsed)

    @property
    def weighs_first(self) -> bool:
        """Whether the reward is an accuracy that targets weigh."""
        return bool(self.targets) and self.parsed[0].measure == ACCURACY

    @property
    def odd_directions(self) -> list[Objective]:
        """Objectives that make networks dearer for nothing: perhaps a dash was forgotten."""
        return [one for one in self.parsed if not one.is_minimised and one.measure != ACCURACY]

    def check(self, limits: dict[str, float]) -> None:
        """Raises `ConfigError` for what cannot be wanted at once; `limits` has the most that a measure may be."""
        if Objective(ACCURACY, is_minimised=True) in self.parsed:
            raise ConfigError(
                f"reward: expected the objective accuracy, which is maximised, got -{ACCURACY}, the worst network; "
                "leave out the dash"
            )
        measures = {objective.measure for objective in self.parsed}
        for measure, target in self.targets.items():
            if measure in measures:
                raise ConfigError(
                    f"reward: expected a target on {measure} or an objective, got both; leave out the target to see "
                    "every trade-off, or the objective to aim at one"
                )
            if measure in limits and target > limits[measure]:
                raise ConfigError(
                    f"reward: expected a target on {measure} of at most the limit of {limits[measure]:,}, beyond which "
                    f"nothing is trained, got {target:,}; lower the target or raise the limit"
                )
        if self.targets and Objective(ACCURACY) not in self.parsed:
            raise ConfigError(
                f"reward: expected the objective accuracy, which a target on {next(iter(self.targets))} weighs, "
                f"got {', '.join(self.objectives)}; add it, or leave out the target"
            )
