"""A process that is killed at a named point: a fork of this one, which need not import everything again."""

import multiprocessing
import signal
from collections.abc import Callable
from typing import Any

import pytest

from workers import points


def kill_at(point: str, work: Callable[..., Any], *arguments: object) -> None:
    """Does `work` in a child that dies at `point`; fails where it does not come there."""
    assert point in points.POINTS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(points, "_KILLS", {point: 1})
        patch.setattr(points, "_WANTED", True)
        child = multiprocessing.get_context("fork").Process(target=work, args=arguments)
        child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL, f"{point} was not reached"
