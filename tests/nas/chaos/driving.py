"""Drivers as processes of their own, killed where a test wants it, and what they leave in the database."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from nas.chaos.driver import Drive
from nas.storage.check import check
from nas.storage.open import open_storage
from nas.trial import Trial

GUARD_SECONDS = 240
"""Against hanging, on the slowest machine."""


def spawn(drive: Drive, *, kill_at: str = "", pause_at: str = "", **popen: Any) -> "subprocess.Popen[str]":
    """Starts a driver that hears Ctrl-C and dies at the n-th pass of "point:n"."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "NAS_KILL_AT": kill_at, "NAS_PAUSE_AT": pause_at}
    command = [sys.executable, "-m", "nas.chaos.driver", json.dumps(asdict(drive))]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment, text=True, **{**pipes, **popen})  # type: ignore[call-overload, no-any-return]


def run(drive: Drive, *, kill_at: str = "") -> tuple[int, str, str]:
    """Returns exit code, standard output and standard error of a driver that was waited for."""
    process = spawn(drive, kill_at=kill_at)
    out, err = process.communicate(timeout=GUARD_SECONDS)
    return process.returncode, out, err


def run_to_end(drive: Drive) -> dict[str, Any]:
    """Returns what a driver says at its end; it must come to a good one."""
    code, out, err = run(drive)
    assert code == 0, err
    ended: dict[str, Any] = json.loads(out)
    return ended


def trials(drive: Drive) -> list[Trial]:
    """Returns the trials in the database, which must be sound."""
    assert [finding.text for finding in check(drive.url) if finding.is_damage] == []
    with open_storage(drive.url, read_only=True) as storage:
        return storage.trials(storage.search(drive.name).search_id)


def story(drive: Drive) -> list[tuple[object, ...]]:
    """Returns what must not depend on faults: architectures, seeds, results, baselines, and the order of events."""
    return [
        (t.number, t.architecture, t.seed, t.reward, t.baseline, t.asked_event, t.told_event, t.curve)
        for t in trials(drive)
    ]
