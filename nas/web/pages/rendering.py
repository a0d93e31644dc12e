"""Templates into answers: one environment, numbers as on the terminal, nothing unescaped, nothing undefined."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from nas.report.formats import (
    UNKNOWN,
    format_count,
    format_milliseconds,
    format_percent,
    format_seconds,
    format_time,
)

TEMPLATES = Path(__file__).parent / "templates"


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Returns the page that `template` makes of `context`; every template knows the path that was asked for, too."""
    text = _environment().get_template(template).render(path=request.url.path, **context)
    return HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})


@cache
def _environment() -> Environment:
    """Returns the environment of all pages, with the filters that numbers go through."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "bytes": format_bytes,
        "count": format_count,
        "percent": format_percent,
        "seconds": format_seconds,
        "milliseconds": format_milliseconds,
        "moment": format_time,
        "iso": iso,
        "ago": format_ago,
        "value": format_value,
        "whole": format_whole,
    }
    return environment


def iso(epoch_seconds: float | None) -> str:
    """Returns a moment as `<time datetime>` wants it, in UTC; empty where there is none."""
    if epoch_seconds is None:
        return ""
    return datetime.fromtimestamp(epoch_seconds, UTC).isoformat(timespec="seconds")


def format_value(value: float | None) -> str:
    """Returns a reward or another plain number with four decimals, "0.9731"."""
    return UNKNOWN if value is None else f"{value:.4f}"


def format_whole(count: int | None) -> str:
    """Returns a whole number with narrow gaps between thousands, "100 000"."""
    return UNKNOWN if count is None else f"{count:,}".replace(",", "\u202f")


def format_ago(seconds: float) -> str:
    """Returns how long ago something was, in one unit: "just now", "12 s", "5 m", "3 h", "8 d"."""
    if seconds < 5:
        return "just now"
    for unit, length, most in (("s", 1, 60), ("m", 60, 3600), ("h", 3600, 48 * 3600)):
        if seconds < most:
            return f"{seconds // length:.0f} {unit} ago"
    return f"{seconds // 86_400:.0f} d ago"


def format_bytes(size: int | None) -> str:
    """Returns an amount of memory, "312 MB"; nothing known for 0, which no process has."""
    if not size:
        return UNKNOWN
    return f"{size / 1e6:.0f} MB" if size < 1e9 else f"{size / 1e9:.1f} GB"
