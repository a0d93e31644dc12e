"""A search's budget while it runs or is taken up again: it may grow or shrink, but not below what has begun."""

from collections.abc import Mapping

from pydantic import ValidationError

from nas.config import BudgetConfig
from nas.config_problems import describe, truths_for_numbers
from nas.errors import ConfigError


def too_small(created: int, trials: int | None) -> str:
    """Returns why a search that has begun so many trials cannot have this budget; nothing where it can."""
    if trials is None or trials >= created:
        return ""
    return f"expected a budget of at least the {created} trials that it has begun, got {trials}"


def read_budget(arguments: Mapping[str, object], trials: int | None, time: float | None) -> BudgetConfig:
    """Returns the budget that somebody asks for; what is not named stays as it is.

    Raises `ConfigError` for one that no search may have.
    """
    wanted = {"trials": trials, "time": time, **arguments}
    for problem in truths_for_numbers(wanted, BudgetConfig):
        raise ConfigError(problem)
    try:
        budget = BudgetConfig.model_validate(wanted)
    except ValidationError as error:
        raise ConfigError(describe(error, BudgetConfig, {"budget": wanted})) from error
    if budget.trials is None and budget.time is None:
        raise ConfigError("expected a budget of trials or of time, got neither")
    return budget


def budget_text(trials: int | None, time: float | None) -> str:
    """Returns a budget in words."""
    parts = [f"{trials:,} trial{'' if trials == 1 else 's'}"] if trials is not None else []
    parts += [f"{time:.12g} s"] if time is not None else []
    return " and ".join(parts)
