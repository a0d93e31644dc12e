"""Numbers as people read them."""

from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas.report.formats import (
    format_count,
    format_failures,
    format_interval,
    format_milliseconds,
    format_percent,
    format_points,
    format_seconds,
    format_time,
)
from nas.report.statistics import Interval
from workers.job import FailureKind


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "-"),
        (0, "0"),
        (873, "873"),
        (999, "999"),
        (1000, "1.00 k"),
        (9_994, "9.99 k"),
        (9_996, "10.0 k"),
        (12_345, "12.3 k"),
        (99_960, "100 k"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (1_200_000, "1.20 M"),
        (40_813_184, "40.8 M"),
        (3_400_000_000, "3.40 G"),
    ],
)
def test_counts(count: int | None, text: str) -> None:
    assert format_count(count) == text


@given(st.integers(1000, 10**15))
def test_counts_are_right_to_three_digits(count: int) -> None:
    number, unit = format_count(count).split()
    assert float(number) * 1000 ** (" kMGTP".index(unit)) == pytest.approx(count, rel=0.0051)
    assert len(number.replace(".", "")) == 3


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (0.254, "0.25 s"),
        (0.999, "1.0 s"),
        (7.26, "7.3 s"),
        (59.94, "59.9 s"),
        (59.96, "1 m 0 s"),
        (133.4, "2 m 13 s"),
        (3599.6, "1 h 0 m"),
        (3900, "1 h 5 m"),
        (86_400 * 3 + 7_300, "3 d 2 h"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert format_seconds(seconds) == text


def test_fractions() -> None:
    assert format_percent(0.9722) == "97.2 %"
    assert format_percent(0.9722, 2) == "97.22 %"
    assert format_percent(None) == "-"
    assert format_points(0.0131) == "+1.3"
    assert format_points(-0.0042) == "-0.4"
    assert format_interval(Interval(0.948, 0.9824)) == "[94.8, 98.2]"


def test_moments() -> None:
    assert format_time(0, UTC) == "1970-01-01 00:00"
    assert format_time(1_700_000_000, timezone(timedelta(hours=2))) == "2023-11-15 00:13"
    assert format_time(None) == "-"


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (None, "-"),
        (0.01234, "0.0123 ms"),
        (0.5, "0.500 ms"),
        (12.345, "12.3 ms"),
        (99.96, "100 ms"),
        (1234.5, "1234 ms"),
    ],
)
def test_milliseconds(milliseconds: float | None, text: str) -> None:
    assert format_milliseconds(milliseconds) == text


def test_failures() -> None:
    assert format_failures({}) == ""
    assert format_failures({FailureKind.DIVERGED: 2, FailureKind.OVER_LIMIT: 1}) == "2 diverged, 1 over_limit"
