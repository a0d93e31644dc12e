"""A comparison of strategies as text: scores by trials, scores by compute, and the time that strategies take."""

from collections.abc import Iterator, Sequence
from operator import itemgetter

from nas.bench.report import Comparison, counted, mean_milliseconds
from nas.bench.standings import WINDOW, Axis, Standing, Verdict
from nas.report.tables import Column, format_table

SIGNS = {Verdict.BETTER: "+", Verdict.WORSE: "-", Verdict.OPEN: " "}

NO_INTERVAL = "no interval, which takes more seeds."


def report_text(comparison: Comparison) -> str:
    """Returns everything that is worth reading on a terminal."""
    return "\n\n".join(_parts(comparison))


def _parts(comparison: Comparison) -> Iterator[str]:
    subject = comparison.subject
    best = (
        "" if subject.best is None else f"; the best of all by that has {subject.measure.show(subject.best)}"
    )
    pace = ", all trainings equally long" if subject.in_batches else ""
    pace += f", {subject.repeats} trainings of each architecture" if subject.repeats > 1 else ""
    yield (
        f"{subject.benchmark}: {subject.measure.name}, of the best so far by what the search saw{best}.\n"
        f"{counted(len(subject.seeds), 'seed')}, {counted(subject.workers, 'worker')}{pace}; "
        + ("mean ± 95 % interval (deviation of one search)." if len(subject.seeds) > 1 else NO_INTERVAL)
    )
    yield _scores(comparison, comparison.trials, "after so many trials:")
    if subject.compute:
        yield _scores(comparison, comparison.compute, f"within the compute of so many {subject.compute}:")
    yield _times(comparison)
    yield from _notes(comparison)


def _notes(comparison: Comparison) -> Iterator[str]:
    subject = comparison.subject
    if len(subject.strategies) > 1 and len(subject.seeds) > 1:
        yield (
            f"+ better, - worse than {subject.strategies[subject.reference]}: paired t-test over the seeds, p < 0.05 "
            "after Holm's correction."
        )
    if any(None in row for axis in (comparison.trials, comparison.compute) for row in axis.rows):
        yield "A dash: one of the searches had no result yet, or ended with less compute."
    for strategy, traces in zip(subject.strategies, comparison.traces, strict=True):
        ended = [trace for trace in traces if trace.ending]
        if ended:
            yield f"{strategy}: {len(ended)} of {len(traces)} searches ended early: {ended[0].ending}."


def _scores(comparison: Comparison, axis: Axis, title: str) -> str:
    show = comparison.subject.measure.show

    def cell(standing: Standing | None) -> str | None:
        if standing is None:
            return None
        known = standing.estimate
        spread = ""
        if known.deviation is not None and known.high is not None:
            spread = f" ±{show(known.high - known.mean)} ({show(known.deviation)})"
        return f"{show(known.mean)}{spread} {SIGNS[standing.verdict]}"

    rows = [[cell(standing) for standing in row] for row in axis.rows]
    return _table(title, comparison.subject.strategies, [f"{mark:,g}" for mark in axis.marks], rows)


def _times(comparison: Comparison) -> str:
    rows = [
        [_milliseconds(value) for value in (mean_milliseconds(traces), *values)]
        for traces, values in zip(comparison.traces, comparison.milliseconds, strict=True)
    ]
    headers = ["mean", *(f"at {mark:,g}" for mark in comparison.trials.marks)]
    return _table(
        f"processor time of ask + tell, ms a trial, on average and over the last {WINDOW} trials:",
        comparison.subject.strategies,
        headers,
        rows,
    )


def _milliseconds(value: float | None) -> str | None:
    return None if value is None else f"{value:.3g}" if value < 100 else f"{value:.0f}"


def _table(
    title: str, names: Sequence[str], headers: Sequence[str], rows: Sequence[Sequence[str | None]]
) -> str:
    columns = [Column("strategy", "", itemgetter(0))]
    columns += [Column(header, header, itemgetter(index)) for index, header in enumerate(headers, start=1)]
    return f"{title}\n{format_table(columns, [(name, *row) for name, row in zip(names, rows, strict=True)])}"
