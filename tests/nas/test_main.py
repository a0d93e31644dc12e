"""`python -m nas` is `nas`."""

import subprocess
import sys

import nas


def test_it_is_the_command_line() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "nas", "--version"], capture_output=True, text=True, check=True
    )
    assert said.stdout == f"nas {nas.__version__}\n"
