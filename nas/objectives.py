"""What a search can be after: measures of a network, and which way each of them is good."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from nas.errors import ConfigError
from search_spaces.errors import suggest


class Measured(Protocol):
    """What has the measures of a network, None where one was not taken: an outcome, a trial, a mean over trials."""

    @property
    def validation_accuracy(self) -> float | None: ...  # noqa: D102
    @property
    def parameters(self) -> float | None: ...  # noqa: D102
    @property
    def multiply_adds(self) -> float | None: ...  # noqa: D102
    @property
    def latency_ms(self) -> float | None: ...  # noqa: D102


ACCURACY, PARAMS, MACS, LATENCY = "accuracy", "params", "macs", "latency"

MEASURES: dict[str, Callable[[Measured], float | None]] = {
    ACCURACY: lambda network: network.validation_accuracy,
    PARAMS: lambda network: network.parameters,
    MACS: lambda network: network.multiply_adds,
    LATENCY: lambda network: network.latency_ms,
}
"""By the name that `--objective` has for it. Accuracy is a fraction, latency in milliseconds."""

ALIASES = {
    "validation_accuracy": ACCURACY,
    "parameters": PARAMS,
    "multiply_adds": MACS,
    "multiply-adds": MACS,
    "latency_ms": LATENCY,
}
MINIMISED = "-"


@dataclass(frozen=True, slots=True)
class Objective:
    """A measure, and whether more or less of it is better."""

    measure: str
    is_minimised: bool = False

    def __str__(self) -> str:
        return f"{MINIMISED if self.is_minimised else ''}{self.measure}"

    def value(self, network: Measured) -> float | None:
        """Returns the measure, negated where less is better: what is maximised. None where it was not taken."""
        found = MEASURES[self.measure](network)
        return None if found is None else self.signed(found)

    def signed(self, measured: float) -> float:
        """Turns a measure into what is maximised, and back."""
        return -measured if self.is_minimised else float(measured)


def parse_objectives(texts: Iterable[str]) -> tuple[Objective, ...]:
    """Returns the objectives that "accuracy" or "-params" stand for.

    Raises `ConfigError` for none, an unknown name, and a measure that is there twice.
    """
    objectives = tuple(map(_parse, texts))
    if not objectives:
        raise ConfigError("objectives: expected at least one, such as accuracy, got none")
    for index, objective in enumerate(objectives):
        if any(objective.measure == other.measure for other in objectives[:index]):
            given = ", ".join(map(str, objectives))
            raise ConfigError(
                f"objectives: expected each measure once, got {objective.measure!r} twice ({given}); leave one out"
            )
    return objectives


def values_of(objectives: Sequence[Objective], network: Measured, where: str) -> tuple[float, ...]:
    """Returns what is maximised of a network, an objective each.

    Raises `ConfigError` that begins with `where` and names the objective for which there is no measure.
    """
    values = []
    for objective in objectives:
        value = objective.value(network)
        if value is None:
            raise ConfigError(
                f"objective {str(objective)!r}: expected {objective.measure} of {where}, which was not measured; "
                "choose another objective"
            )
        values.append(value)
    return tuple(values)


def _parse(text: str) -> Objective:
    name = text.strip()
    is_minimised = name.startswith(MINIMISED)
    name = name.removeprefix(MINIMISED)
    measure = ALIASES.get(name, name)
    if measure not in MEASURES:
        raise ConfigError(
            f"objective {text!r}: expected a measure, with a - in front where less is better; "
            f"{suggest(name, MEASURES)}"
        )
    return Objective(measure, is_minimised)
