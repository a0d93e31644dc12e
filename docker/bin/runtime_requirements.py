"""Prints what a pyproject.toml needs at run time, one requirement a line: an image has none of what tests need."""

import sys
import tomllib
from pathlib import Path

if __name__ == "__main__":
    project = tomllib.loads(Path(sys.argv[1]).read_text())["project"]
    sys.stdout.write("\n".join(project["dependencies"]) + "\n")
