"""What a comparison comes to: at each mark the scores of every strategy, and who differs from the reference.

A strategy differs where a paired t-test over the same seeds says so with p < 0.05 after Holm's correction for how many
strategies are held against the reference at that mark.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas.bench.problem import Measure
from nas.bench.statistics import Estimate, estimate, holm, paired_p_value
from nas.bench.trace import Trace

SHORT_MARKS = (2, 5, 10, 20)
USUAL_MARKS = (50, 100, 200, 300, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
LAST_SHARE = 0.8
SIGNIFICANCE = 0.05
WINDOW = 50
"""Trials over which the time that a strategy takes is averaged, up to a mark."""

Scores = NDArray[np.float64]


class Verdict(StrEnum):
    """How a strategy stands against the reference."""

    BETTER = "better"
    WORSE = "worse"
    OPEN = "open"
    """No significant difference."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One strategy at one mark."""

    scores: tuple[float, ...]
    """Of each seed."""
    estimate: Estimate
    p_value: float | None
    """Corrected; None for the reference itself."""
    verdict: Verdict

    def record(self) -> dict[str, Any]:
        """Returns it as plain JSON."""
        whole = asdict(self)
        return {**whole.pop("estimate"), **whole}


@dataclass(frozen=True, slots=True)
class Axis:
    """A row for each strategy, with an entry for each mark; None where one of its searches did not get there."""

    marks: tuple[float, ...]
    rows: tuple[tuple[Standing | None, ...], ...]


def marks_up_to(trials: int) -> tuple[int, ...]:
    """Returns the usual marks below so many trials, and that number."""
    usual = USUAL_MARKS if trials > USUAL_MARKS[0] else SHORT_MARKS
    return (*(mark for mark in usual if mark < trials), trials)


def compute_marks_up_to(trials: int) -> tuple[float, ...]:
    """Returns marks for the compute of so many random trainings, which a search of as many trials need not spend.

    The last is at four fifths: most searches get that far, also those that prefer what is cheap.
    """
    last = LAST_SHARE * trials
    return (*(mark for mark in marks_up_to(trials) if mark < last), last)


def by_trials(
    traces: Sequence[Sequence[Trace]], marks: Sequence[int], measure: Measure, reference: int
) -> Axis:
    """Returns how the strategies stand after so many trials each."""
    return _axis(traces, marks, lambda trace, mark: trace.score_after(int(mark)), measure, reference)


def by_compute(
    traces: Sequence[Sequence[Trace]], marks: Sequence[float], measure: Measure, reference: int
) -> Axis:
    """Returns how the strategies stand when so much compute has been spent."""

    def score(trace: Trace, mark: float) -> float:
        trials = trace.trials_within(mark)
        return np.nan if trials is None else trace.score_after(trials)

    return _axis(traces, marks, score, measure, reference)


def milliseconds(traces: Sequence[Trace], trials: int) -> float | None:
    """Returns the mean processor time of ask and tell a trial, over the last `WINDOW` trials up to so many."""
    known = [
        one for trace in traces if (one := trace.milliseconds_at(trials, min(WINDOW, trials))) is not None
    ]
    return float(np.mean(known)) if known else None


def _axis(
    traces: Sequence[Sequence[Trace]],
    marks: Sequence[float],
    score: Callable[[Trace, float], float],
    measure: Measure,
    reference: int,
) -> Axis:
    columns = [
        _column([np.array([score(trace, mark) for trace in seeds]) for seeds in traces], measure, reference)
        for mark in marks
    ]
    return Axis(tuple(marks), tuple(zip(*columns, strict=True)))


def _column(scores: Sequence[Scores], measure: Measure, reference: int) -> list[Standing | None]:
    """Returns the standings at one mark, from the scores of each strategy's seeds; NaN where there is none."""
    known = [index for index, values in enumerate(scores) if not np.isnan(values).any()]
    others = [index for index in known if index != reference] if reference in known else []
    p_values = holm([paired_p_value(scores[index], scores[reference]) for index in others])
    p_of = dict(zip(others, p_values, strict=True))
    return [
        _standing(values, scores[reference], p_of.get(index), measure) if index in known else None
        for index, values in enumerate(scores)
    ]


def _standing(values: Scores, reference: Scores, p_value: float | None, measure: Measure) -> Standing:
    verdict = Verdict.OPEN
    if p_value is not None and p_value < SIGNIFICANCE:
        better = measure.improves(float(values.mean()), float(reference.mean()))
        verdict = Verdict.BETTER if better else Verdict.WORSE
    return Standing(tuple(values.tolist()), estimate(values), p_value, verdict)
