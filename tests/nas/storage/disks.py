"""A small disk of its own for a test: it can be filled, and be made read-only under whoever uses it."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

MEGABYTE = 1024 * 1024
CAP_SYS_ADMIN = 1 << 21


@dataclass
class SmallDisk:
    path: Path

    def fill(self) -> None:
        """Leaves no room at all."""
        with (self.path / "ballast").open("ab", buffering=0) as ballast:
            for size in (MEGABYTE, 4096, 1):
                try:
                    while True:
                        ballast.write(b"x" * size)
                except OSError as error:
                    assert error.errno == errno.ENOSPC  # noqa: PT017 - whatever size it is of
        assert shutil.disk_usage(self.path).free == 0

    def free(self) -> None:
        (self.path / "ballast").unlink()

    def set_read_only(self, read_only: bool) -> None:
        _run("mount", "-o", f"remount,{'ro' if read_only else 'rw'}", str(self.path))


@contextmanager
def small_disk(path: Path, *, megabytes: int = 16) -> Iterator[SmallDisk]:
    """Mounts a file system in memory on a new directory.

    Skips where nobody lets us mount; under CI only where this process has not the right to, whatever goes wrong.
    """
    path.mkdir()
    mounted = _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(path), check=False)
    if mounted.returncode != 0:
        give_up = pytest.fail if os.environ.get("CI") and _may_mount() else pytest.skip
        give_up(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(path)
    finally:
        _run("umount", "--lazy", str(path))


def _may_mount() -> bool:
    """Whether this process has the capability to mount (man 7 capabilities)."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    effective = next((line.split()[1] for line in lines if line.startswith("CapEff:")), "0")
    return bool(int(effective, 16) & CAP_SYS_ADMIN)


def _run(*command: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=check)
