"""Curves of a comparison: for each strategy the mean score and its interval, at points along an axis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nas.bench.report import Comparison
from nas.bench.statistics import estimate
from nas.bench.trace import Trace

POINTS = 90

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Points of one strategy, (P,) each: where, the mean of the scores, and the ends of its interval."""

    x: Numbers
    mean: Numbers
    low: Numbers
    high: Numbers

    def from_x(self, low: float) -> "Curve":
        """Returns the part that does not lie before `low`."""
        kept = self.x >= low
        return Curve(self.x[kept], self.mean[kept], self.low[kept], self.high[kept])


def trial_curves(comparison: Comparison) -> list[Curve]:
    """Returns the curves by trials."""
    last = comparison.subject.trials
    points = np.unique(np.geomspace(1, last, 2 * POINTS).round())  # each of the first trials
    return [
        _curve(traces, points, lambda trace, x: trace.score_after(int(x))) for traces in comparison.traces
    ]


def compute_curves(comparison: Comparison) -> list[Curve]:
    """Returns the curves by compute, each as far as all of its searches got."""
    spent = [float(trace.compute[-1]) for traces in comparison.traces for trace in traces if len(trace)]
    points = np.geomspace(1, max(2.0, *spent), POINTS)

    def score(trace: Trace, x: float) -> float:
        trials = trace.trials_within(x)
        return np.nan if trials is None else trace.score_after(trials)

    return [_curve(traces, points, score) for traces in comparison.traces]


def _curve(traces: Sequence[Trace], points: Numbers, score: Callable[[Trace, float], float]) -> Curve:
    rows = []
    for x in points.tolist():
        scores = [score(trace, x) for trace in traces]
        if not np.isnan(scores).any():
            known = estimate(scores)
            rows.append((x, known.mean, _or(known.low, known.mean), _or(known.high, known.mean)))
    return Curve(*np.array(rows, dtype=np.float64).reshape(len(rows), 4).T)


def _or(value: float | None, other: float) -> float:
    return other if value is None else value
