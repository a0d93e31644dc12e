"""Measures a database, and how that is told."""

import tempfile
from dataclasses import asdict
from pathlib import Path

from nas.bench.storage import LIMIT_MS, Measured, StorageReport, measure
from nas.cli.progress import progress
from nas.report.formats import format_seconds
from nas.report.tables import Column, as_json, format_table


def _ms(value: float) -> str:
    return f"{value:.2f}"


def _columns(few: int, many: int) -> tuple[Column[Measured], ...]:
    return (
        Column("name", "ms, waits for a core left out", lambda measured: measured.name),
        Column("records", "records", lambda measured: measured.records, lambda records: f"{records:,}"),
        Column("few_p50_ms", f"p50 of {few:,}", lambda measured: measured.few.p50, _ms),
        Column("few_p95_ms", "p95", lambda measured: measured.few.p95, _ms),
        Column("many_p50_ms", f"p50 of {many:,}", lambda measured: measured.many.p50, _ms),
        Column("many_p95_ms", "p95", lambda measured: measured.many.p95, _ms),
        Column("many_longest_ms", "longest", lambda measured: measured.many.longest, _ms),
        Column("ratio", "p50 / p50", lambda measured: measured.ratio, _ms),
        Column(
            "is_within_limit",
            f"p95 < {LIMIT_MS:.0f}",
            lambda measured: measured.is_within_limit,
            lambda is_within: "yes" if is_within else "NO",
        ),
    )


def measure_database(database: str | None, trials: int) -> StorageReport:
    """Returns what a database takes: the one named, or a SQLite file that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="nas-bench-") as directory, progress("trials") as report:
        return measure(database or f"sqlite:///{Path(directory) / 'nas.db'}", trials, report)


def report_lines(report: StorageReport) -> str:
    """Returns the table, and what was found besides."""
    too_slow = [measured.name for measured in report.measured if not measured.is_within_limit]
    verdict = (
        f"over {LIMIT_MS:.0f} ms: {', '.join(too_slow)}" if too_slow else f"all within {LIMIT_MS:.0f} ms"
    )
    few, many = f"{report.few_trials:,}", f"{report.many_trials:,}"
    return f"""\
{report.database}; a search of {few} trials and one of {many}, \
written in bulk in {format_seconds(report.fill_seconds)}, {report.database_bytes / 1e9:.2f} GB:

{format_table(_columns(report.few_trials, report.many_trials), report.measured)}

{len(report.measured)} queries and writes, {verdict}.
Whole trial lives a second, one after the other: {report.few_lives_per_second:.0f} with {few} trials, \
{report.many_lives_per_second:.0f} with {many}.
A resume reads all trials in {format_seconds(report.resume_seconds)}; \
they take {report.resume_bytes / 1e9:.2f} GB of memory."""


def report_as_json(report: StorageReport) -> dict[str, object]:
    """Returns plain values for `json.dumps`."""
    plain = asdict(report)
    return plain | {"measured": as_json(_columns(report.few_trials, report.many_trials), report.measured)}
