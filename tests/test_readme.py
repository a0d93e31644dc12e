"""The README keeps its word: every `nas` line in it is run, in order, by a new user with a folder of pictures.

Run as written but for size: few pictures, one epoch, two trials, in this process's own machine without Ray (what the
demo and the pool tests run with Ray).
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nas.cli.main import COMMANDS
from nas.storage.open import open_storage
from tests.data_fixtures import write_digits_folder
from tests.nas.web.browser.driving import driven

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
EXAMPLES = ROOT / "tests" / "search_spaces" / "examples"
SMALLER = {
    "NAS_WORKERS__BACKEND": "local",
    "NAS_DATA__MAX_TRAIN_IMAGES": "40",
    "NAS_RECIPE__EPOCHS": "1",
    "NAS_FINAL__EPOCHS": "1",
    "OMP_NUM_THREADS": "1",
}
MEASURED_MARK = "--train-images 10000"
SERVES = "nas dashboard"
"""It never ends by itself, so it is run with the commands that ask it for something."""
SERVED_AT = "http://127.0.0.1:8765"


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCKS if kind == language]


def nas_lines() -> list[str]:
    lines = [line for text in blocks("sh") for line in text.replace("\\\n", " ").splitlines()]
    return [
        line for line in lines if line.startswith("nas ") and MEASURED_MARK not in line and line != SERVES
    ]


@pytest.mark.slow
def test_every_command_runs_as_written(tmp_path):
    write_digits_folder(tmp_path / "photos", per_class=12)
    for example in EXAMPLES.glob("*.py"):
        shutil.copy(example, tmp_path)
    environment = {**os.environ, **SMALLER, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for line in nas_lines():
        trials = "--trials 3" if "--resume" in line else "--trials 2"
        fewer = re.sub(r"--kills \d+", "--kills 2", re.sub(r"--seeds \d+", "--seeds 1", line))
        command = shlex.split(re.sub(r"--trials \d+", trials, fewer))
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
    snippets = [text for text in blocks("python") if "onnxruntime" in text]
    assert snippets
    for snippet in snippets:
        subprocess.run([sys.executable, "-W", "error", "-c", snippet], cwd=tmp_path, check=True)
    assert (tmp_path / "photos-cell.svg").read_text().startswith("<svg")
    assert (tmp_path / "photos-network" / "MODEL_CARD.md").exists()


def test_the_dashboard_answers_what_it_is_asked_for(tmp_path):
    curls = [line for text in blocks("sh") for line in text.splitlines() if line.startswith("curl ")]
    assert SERVES in [line for text in blocks("sh") for line in text.splitlines()]
    url = f"sqlite:///{tmp_path / 'nas.db'}"
    open_storage(url).close()
    with driven(url, "digits"), dashboard(tmp_path) as address:
        said = [
            subprocess.run(
                [*shlex.split(line.replace(SERVED_AT, address)), "--fail-with-body"],
                capture_output=True,
                text=True,
                check=False,
            )
            for line in curls
        ]
    assert [done.returncode for done in said] == [0, 0, 0], [done.stdout for done in said]
    trials, command = (json.loads(done.stdout) for done in said[:2])
    assert {"data", "count", "next"} <= trials.keys()
    assert command["kind"] == "pause"
    assert "nas_search_trials{" in said[2].stdout


@contextmanager
def dashboard(directory: Path) -> Iterator[str]:
    """Gives the address of `nas dashboard` as it is written, in a directory, but on a free port."""
    command = [Path(sys.executable).parent / "nas", *shlex.split(SERVES)[1:], "--port", "0"]
    with subprocess.Popen(
        command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield next(found[0] for line in process.stdout if (found := re.search(r"http://[\d.:]+", line)))
        finally:
            process.terminate()


def test_the_pictures_named_exist_and_are_small():
    named = re.findall(r"\]\((nas/web/pictures/[\w-]+\.png)\)", README)
    assert {ROOT / path for path in named} == set((ROOT / "nas/web/pictures").glob("*.png"))
    assert all((ROOT / path).stat().st_size < 150_000 for path in named)


@pytest.mark.parametrize("name", ["own_operation.py", "own_space.py"])
def test_the_examples_shown_are_the_tested_files_and_short(name):
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    assert text in blocks("python")
    assert len(text.splitlines()) < 30


def test_every_make_target_named_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lines = [line.split() for text in blocks("sh") for line in text.splitlines() if line.startswith("make ")]
    assert [target for _, target in lines] == ["demo", "test"]
    assert all(re.search(rf"^{target}: ", makefile, flags=re.MULTILINE) for _, target in lines)


def test_every_command_is_in_the_reference():
    for name in COMMANDS:
        assert f"| `nas {name}" in README, name
