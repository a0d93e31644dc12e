"""Measures the service, and how that is told."""

import tempfile
from dataclasses import asdict
from pathlib import Path

from nas.cli.progress import progress
from nas.report.formats import format_seconds
from nas.report.tables import Column, as_json, format_table
from nas.web.benchmark.measure import Measured, WebReport, measure
from nas.web.benchmark.times import Times


def _ms(value: float) -> str:
    return f"{value:.0f}"


COLUMNS: tuple[Column[Measured], ...] = (
    Column("name", "GET, ms", lambda measured: measured.name),
    Column("bytes", "bytes", lambda measured: measured.bytes, lambda count: f"{count:,}"),
    Column("first_byte_p50_ms", "first byte p50", lambda measured: measured.first_byte.p50, _ms),
    Column("first_byte_p95_ms", "p95", lambda measured: measured.first_byte.p95, _ms),
    Column("whole_p50_ms", "whole p50", lambda measured: measured.whole.p50, _ms),
    Column("whole_p95_ms", "p95", lambda measured: measured.whole.p95, _ms),
    Column("without_waits_p50_ms", "without waits p50", lambda measured: measured.without_waits.p50, _ms),
    Column("without_waits_p95_ms", "p95", lambda measured: measured.without_waits.p95, _ms),
    Column("limit_ms", "promised", lambda measured: measured.limit_ms, _ms),
    Column(
        "is_within_limit",
        "kept",
        lambda measured: measured.is_within_limit,
        lambda is_within: "yes" if is_within else "NO",
    ),
)


def measure_web(database: str | None, trials: int, clients: int, seconds: float) -> WebReport:
    """Returns what the service takes over a database: the one named, or a SQLite file that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="nas-bench-") as directory, progress("trials") as report:
        return measure(
            database or f"sqlite:///{Path(directory) / 'nas.db'}", trials, clients, seconds, report
        )


def report_lines(report: WebReport) -> str:
    """Returns the table, and what was found besides."""
    first, again, told, crowd = report.opened_first, report.opened_again, report.streamed, report.followed
    verdict = "\n".join(f"NOT KEPT: {words}" for words in report.broken) or "All promises are kept."
    return f"""\
A search of {report.trials:,} trials that goes on: one more trial before each request. \
Wall time, and that without waits for a core.

{format_table(COLUMNS, report.measured)}

The page of the search, with files, table and charts, by a dashboard that was just started: \
{format_seconds(first.seconds)}, without waits {format_seconds(first.without_waits)} \
({first.requests} requests, {first.all_bytes:,} bytes, first byte after {format_seconds(first.first_byte)}); \
once more: {format_seconds(again.seconds)}, {format_seconds(again.without_waits)}.
A trial on the stream: {told.bytes_of_a_trial:,} bytes at most, an event {told.bytes_of_an_event:,}; \
{_delays(told.delay)} from the driver's writing to the arrival.
{crowd.clients} clients followed a running search for {format_seconds(crowd.seconds)}: \
{crowd.events:,} events for each, {crowd.missed} missed, {crowd.disordered} out of order; {_delays(crowd.delay)}.
Trials an hour: {crowd.with_clients:,.0f} with the clients, {crowd.without_clients:,.0f} without \
({100 * -crowd.slowed:+.1f} %).
{verdict}"""


def _delays(delay: Times) -> str:
    return f"{delay.p50:.0f} ms, 95 % within {delay.p95:.0f} ms, all within {delay.longest:.0f} ms"


def report_as_json(report: WebReport) -> dict[str, object]:
    """Returns plain values for `json.dumps`."""
    return asdict(report) | {"measured": as_json(COLUMNS, report.measured), "broken": report.broken}
