"""A finished comparison: what was compared, and how the strategies stand along each axis."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nas.bench.problem import Measure
from nas.bench.standings import Axis, by_compute, by_trials, milliseconds
from nas.bench.trace import Numbers, Trace


@dataclass(frozen=True, slots=True)
class Subject:
    """What was compared, and how."""

    benchmark: str
    measure: Measure
    strategies: tuple[str, ...]
    reference: int
    """Number of the strategy that the others are held against."""
    seeds: tuple[int, ...]
    trials: int
    workers: int
    in_batches: bool
    compute: str
    """What compute is counted in; empty where every training costs the same."""
    best: float | None = None
    """The score of the best of all by what a search sees, where that is known. Luck can score more."""
    repeats: int = 1
    """Trainings of each architecture; the score is that of the best by their mean."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The traces of every strategy, in the order of the seeds, and what they come to."""

    subject: Subject
    traces: Sequence[Sequence[Trace]]
    trials: Axis
    compute: Axis
    milliseconds: tuple[tuple[float | None, ...], ...]
    """For each strategy, at each mark of `trials`."""

    def record(self) -> dict[str, Any]:
        """Returns all of it but the traces as plain JSON."""
        subject = self.subject
        return {
            "benchmark": subject.benchmark,
            "score": subject.measure.name,
            "lower_is_better": subject.measure.lower_is_better,
            "best": subject.best,
            "reference": subject.strategies[subject.reference],
            "seeds": list(subject.seeds),
            "trials": subject.trials,
            "workers": subject.workers,
            "in_batches": subject.in_batches,
            "repeats": subject.repeats,
            "compute": subject.compute or "trainings",
            "strategies": [self._strategy_record(index) for index in range(len(subject.strategies))],
        }

    def _strategy_record(self, index: int) -> dict[str, Any]:
        traces = self.traces[index]
        return {
            "strategy": self.subject.strategies[index],
            "by_trials": _marks("trials", self.trials, index),
            "by_compute": _marks("compute", self.compute, index),
            "milliseconds": [
                {"trials": mark, "milliseconds": value}
                for mark, value in zip(self.trials.marks, self.milliseconds[index], strict=True)
            ],
            "mean_milliseconds": mean_milliseconds(traces),
            "failed_share": _failed_share(np.concatenate([trace.value for trace in traces])),
            "endings": dict(Counter(trace.ending for trace in traces if trace.ending)),
        }


def compare(
    subject: Subject,
    traces: Sequence[Sequence[Trace]],
    marks: Sequence[int],
    compute_marks: Sequence[float],
) -> Comparison:
    """Returns how the strategies stand at these marks."""
    measure, reference = subject.measure, subject.reference
    return Comparison(
        subject,
        traces,
        by_trials(traces, marks, measure, reference),
        by_compute(traces, compute_marks, measure, reference),
        tuple(tuple(milliseconds(seeds, mark) for mark in marks) for seeds in traces),
    )


def counted(number: int, what: str) -> str:
    """Returns such as "1 seed" and "2,000 seeds"."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def mean_milliseconds(traces: Sequence[Trace]) -> float | None:
    """Returns the mean processor time of ask and tell a trial, over all trials; None without any."""
    trials = sum(map(len, traces))
    return (
        1000 * sum(float(trace.strategy_seconds[-1]) for trace in traces if len(trace)) / trials
        if trials
        else None
    )


def _failed_share(values: Numbers) -> float | None:
    """Returns how many of the values (T,) are missing, as a share; None without any trial."""
    return float(np.mean(np.isnan(values))) if len(values) else None


def _marks(name: str, axis: Axis, index: int) -> list[dict[str, Any]]:
    return [
        {name: mark, **(standing.record() if standing else {"mean": None})}
        for mark, standing in zip(axis.marks, axis.rows[index], strict=True)
    ]
