"""Entry points of installed packages: real packages in a directory of their own, looked at by real processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent / "examples"
OPERATION = (EXAMPLES / "own_operation.py").read_text()
SPACE = (EXAMPLES / "own_space.py").read_text()
COUNTED = OPERATION + "\nprint('loaded')\n"


def install(site: Path, package: str, *modules: tuple[str, str]) -> None:
    """Puts a package with its metadata into a directory, as `pip install --target` does."""
    information = site / f"{package}-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    points = [f"{module} = {package}.{module}" for module, _ in modules]
    (information / "entry_points.txt").write_text("\n".join(["[nas.plugins]", *points, ""]))
    (site / package).mkdir()
    (site / package / "__init__.py").touch()
    for module, text in modules:
        (site / package / f"{module}.py").write_text(text)


def ask(site: Path, program: str, message: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    environment = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{Path.cwd()}"}
    command = [sys.executable, "-W", "error", "-c", program]
    return subprocess.run(command, env=environment, input=message, capture_output=True, check=False)


def answer(site: Path, program: str, message: bytes = b"") -> bytes:
    done = ask(site, program, message)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_names_of_an_installed_package_are_known(tmp_path):
    install(tmp_path, "theirs", ("operations", OPERATION), ("spaces", SPACE))
    program = (
        "from search_spaces.registry import build_space, space_names;"
        "assert build_space('chain').size == 9; assert 'chain' in space_names();"
        "print(build_space('cell', operations='rows_columns_5,identity').operations[0].formula)"
    )
    formula = answer(tmp_path, program).decode().strip()
    assert f'"""{formula}' in OPERATION


def test_they_are_loaded_once_and_only_for_a_name_that_is_not_known(tmp_path):
    install(tmp_path, "theirs", ("operations", COUNTED))
    built_in = (
        "from search_spaces.registry import build_space, space_names; build_space('cell', operations='all');"
    )
    assert answer(tmp_path, built_in) == b""
    assert answer(tmp_path, built_in + "space_names(); space_names()").split() == [b"loaded"]
    used = "build_space('cell', operations='rows_columns_5'); build_space('toy', operations='rows_columns_5')"
    assert answer(tmp_path, built_in + used).split() == [b"loaded"]


def test_a_space_travels_to_a_process_that_has_the_package(tmp_path):
    install(tmp_path, "theirs", ("spaces", SPACE))
    pickled = answer(
        tmp_path,
        "import pickle, sys; from search_spaces.registry import build_space;"
        "sys.stdout.buffer.write(pickle.dumps(build_space('chain', kernel=5)))",
    )
    program = "import pickle, sys; print(pickle.load(sys.stdin.buffer).settings['kernel'])"
    assert answer(tmp_path, program, pickled).split() == [b"5"]
    assert b"No module named 'theirs'" in ask(tmp_path / "elsewhere", program, pickled).stderr


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("import no_such_module_here\n", "ModuleNotFoundError: No module named 'no_such_module_here'"),
        ("def f(:\n", "SyntaxError: invalid syntax"),
        (
            OPERATION.replace('"rows_columns_5"', '"identity"'),
            "SpaceError: operation 'identity' is registered already",
        ),
    ],
)
def test_a_broken_package_is_named_with_the_cause(tmp_path, text, cause):
    install(tmp_path, "theirs", ("broken", text))
    done = ask(tmp_path, "import sys; sys.argv[1:] = ['space']; from nas.cli.main import main; main()")
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert (
        f"error: package 'theirs', plugin 'theirs.broken': expected a module that can be imported, got {cause}"
        in (done.stderr.decode())
    )


def test_a_broken_package_leaves_known_names_alone(tmp_path):
    install(tmp_path, "theirs", ("broken", "1 / 0\n"))
    assert answer(tmp_path, "from search_spaces.registry import build_space; build_space('toy')") == b""
