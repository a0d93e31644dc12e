"""How a search is watched: as a panel that keeps up to date on a terminal, as one line an event elsewhere.

Both write to standard error; standard output is for results.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from nas.cli.events import Pace, event_line, format_result
from nas.report.formats import format_count, format_seconds
from nas.search import Progress, SearchEvent
from nas.standard_error import write_line

REFRESHES_PER_SECOND = 2


class View(Protocol):
    """Someone who watches a search."""

    def watch(self, event: SearchEvent) -> None:
        """Shows an event."""

    def say(self, message: str) -> None:
        """Shows a message. Called from signal handlers and other threads: takes no lock."""


@contextmanager
def open_view(name: str) -> Iterator[View]:
    """Opens the panel where standard error is a terminal that can show it, plain lines elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal or console.is_dumb_terminal:
        yield PlainView()
        return
    panel = LivePanel(name)
    with Live(
        get_renderable=panel.render,
        console=console,
        refresh_per_second=REFRESHES_PER_SECOND,
        redirect_stdout=False,
    ):
        yield panel


class PlainView:
    """One line an event."""

    def watch(self, event: SearchEvent) -> None:
        """See `View.watch`."""
        line = event_line(event)
        if line:
            write_line(line)

    def say(self, message: str) -> None:
        """See `View.say`."""
        write_line(message)


class LivePanel:
    """A panel with the figures of the last event; the clock goes on between events."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._clock = name, clock
        self._first: Progress | None = None
        self._last: Progress | None = None
        self._seen_at = clock()
        self._line = "the workers are starting"

    def watch(self, event: SearchEvent) -> None:
        """See `View.watch`."""
        self._first = self._first or event.progress
        self._last, self._seen_at = event.progress, self._clock()
        self._line = event_line(event) or self._line

    def say(self, message: str) -> None:
        """See `View.say`."""
        self._line = message

    def render(self) -> Panel:
        """Returns the panel as of now."""
        parts: list[RenderableType] = [Text(self._line, overflow="ellipsis", no_wrap=True)]
        if self._first and self._last:
            parts.insert(0, self._figures(Pace(self._first, self._last)))
        return Panel(Group(*parts), title=f"search {self._name}")

    def _figures(self, pace: Pace) -> Table:
        progress = pace.last
        since = 0.0 if progress.is_held else self._clock() - self._seen_at
        left = pace.seconds_left
        rows: tuple[tuple[str, RenderableType], ...] = (
            ("budget", _bar(progress)),
            ("trials", _trials(progress)),
            ("best training", _best(progress)),
            ("controller entropy", "-" if progress.entropy is None else f"{progress.entropy:.2f} nats"),
            ("trials per minute", "-" if pace.trials_per_minute is None else f"{pace.trials_per_minute:.1f}"),
            ("time spent", format_seconds(progress.spent_seconds + since)),
            ("time left", format_seconds(None if left is None else max(0.0, left - since))),
        )
        grid = Table.grid(padding=(0, 2))
        for label, figure in rows:
            grid.add_row(Text(label, style="dim"), figure)
        return grid


def _bar(progress: Progress) -> ProgressBar:
    """Returns how much of the budget is spent: of the trials where they are limited, else of the time."""
    if progress.trial_budget is not None:
        return ProgressBar(total=progress.trial_budget, completed=progress.finished)
    return ProgressBar(total=progress.time_budget_seconds, completed=progress.spent_seconds)


def _trials(progress: Progress) -> str:
    total = f" of {progress.trial_budget}" if progress.trial_budget is not None else ""
    held = "; paused" if progress.is_held else ""
    return f"{progress.completed} done{total}, {progress.running} running, {progress.failed} failed{held}"


def _best(progress: Progress) -> str:
    best = progress.best
    if best is None:
        return "-"
    size = f"{format_count(best.parameters)} parameters"
    return f"{format_result(best)} with {size} (trial {best.number})"
