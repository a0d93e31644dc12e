"""A small disk of its own for a test: it can be filled, and be made read-only under whoever uses it."""

import errno
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

MEGABYTE = 1024 * 1024


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
    """Mounts a file system in memory on a new directory; skips where nobody lets us mount."""
    path.mkdir()
    mounted = _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(path), check=False)
    if mounted.returncode != 0:
        pytest.skip(f"mounting a small disk is not allowed here: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(path)
    finally:
        _run("umount", "--lazy", str(path))


def _run(*command: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=check)
