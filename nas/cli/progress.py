"""How far counted work has come, on standard error: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

from nas.standard_error import write_line

SECONDS_BETWEEN_LINES = 5.0

Report = Callable[[int, int], None]
"""Told how much of how much is done."""


@contextmanager
def progress(label: str) -> Iterator[Report]:
    """Opens a bar that goes away when the work is done, or prints lines while it takes long."""
    console = Console(stderr=True)
    if not console.is_terminal or console.is_dumb_terminal:
        yield plain_progress(label)
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def plain_progress(label: str, clock: Callable[[], float] = time.monotonic) -> Report:
    """Returns a report that prints a line when `SECONDS_BETWEEN_LINES` have gone by since the last."""
    shown_at = clock()

    def report(done: int, total: int) -> None:
        nonlocal shown_at
        if clock() - shown_at >= SECONDS_BETWEEN_LINES:
            shown_at = clock()
            write_line(f"{label}: {done:,} of {total:,}")

    return report
