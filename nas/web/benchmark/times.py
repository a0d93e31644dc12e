"""Times of many requests or events, as they are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of wall time."""

    p50: float
    p95: float
    longest: float


def times_of(seconds: Sequence[float]) -> Times:
    """Returns the times of at least one measurement."""
    milliseconds = [1000 * value for value in seconds]
    p95 = quantiles(milliseconds, n=20, method="inclusive")[-1] if len(milliseconds) > 1 else milliseconds[0]
    return Times(median(milliseconds), p95, max(milliseconds))
