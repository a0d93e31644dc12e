"""The entry point: fast, complete, and with examples that can be typed."""

import resource
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

import nas as product
from nas.cli.main import COMMANDS, nas

HEAVY = {"torch", "ray", "numpy", "sqlalchemy", "pydantic", "optuna", "pyarrow", "onnx", "scipy", "rich"}
IMPORTS = """
import sys
from nas.cli.failures import run
from nas.cli.main import nas
assert run(nas, sys.argv[1:]) == 0
print("modules", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def all_commands() -> list[tuple[str, click.Command]]:
    context = click.Context(nas, info_name="nas")
    found: list[tuple[str, click.Command]] = [("nas", nas)]
    for name in COMMANDS:
        command = nas.get_command(context, name)
        assert command is not None
        found.append((f"nas {name}", command))
        if isinstance(command, click.Group):
            found += [(f"nas {name} {sub}", child) for sub, child in command.commands.items()]
    return found


@pytest.mark.parametrize("arguments", [["--help"], ["search", "--help"], ["list", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    command = [sys.executable, "-c", IMPORTS, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    modules = set(done.stdout.splitlines()[-1].split()[1:])
    assert "click" in modules
    assert not modules & HEAVY


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "tiny"],
        ["show", "tiny", "0", "--json"],
        ["draw", "tiny"],
        ["profile", "tiny"],
        ["profile", "alexnet"],
    ],
)
def test_looking_at_a_search_imports_neither_torch_nor_ray(
    arguments: list[str], finished_database: str
) -> None:
    command = [sys.executable, "-c", IMPORTS, *arguments, "--db", finished_database]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    modules = set(done.stdout.splitlines()[-1].split()[1:])
    assert "sqlalchemy" in modules
    assert not modules & {"torch", "ray", "numpy", "pyarrow"}


def test_looking_at_a_space_imports_neither_a_database_nor_torch() -> None:
    command = [sys.executable, "-c", IMPORTS, "space", "toy"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not set(done.stdout.splitlines()[-1].split()[1:]) & {
        "torch",
        "ray",
        "numpy",
        "sqlalchemy",
        "pydantic",
    }


def test_help_takes_less_than_half_a_second_of_processor_time() -> None:
    command = [sys.executable, "-c", "from nas.cli.main import main; main()", "--help"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime < 0.5


def test_the_installed_command_is_this_one() -> None:
    installed = Path(sys.executable).with_name("nas")
    done = subprocess.run([installed, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"nas {product.__version__}\n"


def test_help_lists_every_command_in_order() -> None:
    help_text = nas.get_help(click.Context(nas))
    positions = [help_text.index(f"\n  {name} ") for name in COMMANDS]
    assert positions == sorted(positions)
    assert "..." not in help_text.partition("Commands:")[2]


@pytest.mark.parametrize(("path", "command"), all_commands(), ids=str)
def test_every_command_has_help_and_examples_that_parse(path: str, command: click.Command) -> None:
    context = click.Context(command, info_name=path)
    assert command.help
    examples = command.get_help(context).partition("Example:\n")[2].splitlines()
    assert examples
    for line in examples:
        words = shlex.split(line)
        assert " ".join(words[: len(path.split())]) == path
        nas.make_context("nas", words[1:])  # the group parses up to the command
        if not isinstance(command, click.Group):
            command.make_context(path, words[len(path.split()) :])


def test_every_option_says_what_it_does() -> None:
    for path, command in all_commands():
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{path} {parameter.opts}"
