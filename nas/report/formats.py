"""Numbers as people read them. What is not known is a dash everywhere."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo

from nas.objectives import ACCURACY, LATENCY, MACS, PARAMS
from nas.report.statistics import Interval
from workers.job import FailureKind

UNKNOWN = "-"
COUNT_UNITS = ("", " k", " M", " G", " T", " P")


def format_count(count: float | None) -> str:
    """Returns parameters or multiply-adds with three digits: "873", "12.3 k", "1.20 M"."""
    if count is None:
        return UNKNOWN
    if count < 1000:
        return f"{count:.0f}"
    scaled, unit = count / 1000, 1
    # 999.5 would be rounded to "1000": it belongs to the next unit.
    while scaled >= 999.5 and unit < len(COUNT_UNITS) - 1:
        scaled, unit = scaled / 1000, unit + 1
    decimals = 2 if scaled < 9.995 else 1 if scaled < 99.95 else 0
    return f"{scaled:.{decimals}f}{COUNT_UNITS[unit]}"


def format_seconds(seconds: float | None) -> str:
    """Returns a duration in its two largest units: "0.25 s", "7.3 s", "2 m 13 s", "1 h 5 m", "3 d 2 h"."""
    if seconds is None:
        return UNKNOWN
    if seconds < 59.95:
        return f"{seconds:.2f} s" if seconds < 0.995 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} m {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} m" if hours < 24 else f"{hours // 24} d {hours % 24} h"


def format_milliseconds(milliseconds: float | None) -> str:
    """Returns a latency with three digits or in whole milliseconds: "0.123 ms", "12.3 ms", "1234 ms"."""
    if milliseconds is None:
        return UNKNOWN
    return f"{milliseconds:.0f} ms" if milliseconds >= 99.95 else f"{milliseconds:#.3g} ms"


def format_percent(fraction: float | None, digits: int = 1) -> str:
    """Returns a fraction from 0 to 1 as "97.2 %"."""
    return UNKNOWN if fraction is None else f"{100 * fraction:.{digits}f} %"


def format_points(difference: float, digits: int = 1) -> str:
    """Returns the difference of two fractions in percentage points, "+1.3" or "-0.4"."""
    return f"{100 * difference:+.{digits}f}"


def format_interval(interval: Interval, digits: int = 1) -> str:
    """Returns an interval of fractions in percent, "[94.8, 98.2]"."""
    return f"[{100 * interval.low:.{digits}f}, {100 * interval.high:.{digits}f}]"


def format_failures(failures: Mapping[FailureKind, int] | Mapping[str, int]) -> str:
    """Returns how many failed of what, "2 diverged, 1 over_limit"; nothing where none failed."""
    return ", ".join(f"{count} {kind}" for kind, count in failures.items())


def format_time(epoch_seconds: float | None, zone: tzinfo | None = None) -> str:
    """Returns a moment to the minute, "2026-11-21 05:02", in `zone` or else in the machine's own."""
    if epoch_seconds is None:
        return UNKNOWN
    return datetime.fromtimestamp(epoch_seconds, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M")


_MEASURES: dict[str, Callable[[float], str]] = {
    ACCURACY: format_percent,
    PARAMS: format_count,
    MACS: format_count,
    LATENCY: format_milliseconds,
}


def format_measure(measure: str, value: float) -> str:
    """Returns what an objective measures as it is shown everywhere; `measure` is the objective's name for it."""
    return _MEASURES[measure](value)
