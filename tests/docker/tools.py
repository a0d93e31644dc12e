"""The programs that judge the files under docker/, and the files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

DOCKER = Path(__file__).parents[2] / "docker"
BIN = Path(sys.executable).parent


def promtool() -> str:
    """Returns where it is. Skips the test where it is not installed, except in CI."""
    found = shutil.which("promtool")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("promtool is not installed; see .ci/run")
        pytest.skip("promtool is not installed; Debian has it in the package prometheus")
    return found


def judged(*command: str | Path) -> tuple[int, str]:
    """Runs a program; returns its exit code and what it said."""
    done = subprocess.run(
        command, cwd=DOCKER, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.returncode, done.stdout


def loaded(path: str) -> Any:
    """Returns the one YAML document of a file under docker/."""
    return yaml.safe_load((DOCKER / path).read_text())
