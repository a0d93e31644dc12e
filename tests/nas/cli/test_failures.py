"""Exit codes, and one line for whatever goes wrong."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

import click
import pytest

from nas.cli.failures import run
from nas.errors import NasError, StorageError, UnknownSearchError
from tests.nas.cli.calling import TINY, Call, spawn


def raising(error: BaseException) -> click.Command:
    def callback() -> None:
        raise error

    return click.Command("raising", callback=callback)


@pytest.mark.parametrize(
    ("error", "code"), [(NasError("a"), 1), (StorageError("b"), 3), (UnknownSearchError("c"), 2)]
)
def test_an_error_of_the_product_is_one_line_with_its_exit_code(
    error: NasError, code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(raising(error), []) == code
    assert capfd.readouterr() == ("", f"error: {error}\n")


def test_code_that_ends_the_process_is_a_failure(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(raising(SystemExit(0)), []) == 1
    assert "got SystemExit from a plugin" in capfd.readouterr().err


def test_a_message_of_several_lines_becomes_one(capfd: pytest.CaptureFixture[str]) -> None:
    run(raising(NasError("first\n  second\n")), [])
    assert capfd.readouterr().err == "error: first second\n"


def test_an_unexpected_error_is_one_line_that_names_the_traceback(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert run(raising(KeyError("weights")), []) == 1
    error = capfd.readouterr().err
    assert re.fullmatch(r"error: unexpected KeyError: 'weights'; .*\n", error)
    (kept,) = tmp_path.iterdir()
    assert str(kept) in error
    assert "in callback" in kept.read_text()
    assert kept.read_text().endswith("KeyError: 'weights'\n")


@pytest.mark.parametrize("code", [0, 1, 4, 129, 130, 143])
def test_a_command_can_choose_its_exit_code(code: int) -> None:
    assert run(raising(click.exceptions.Exit(code)), []) == code


def test_ctrl_c_gives_130_and_no_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(raising(KeyboardInterrupt()), []) == 130
    assert capfd.readouterr().err.strip() == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lst"], "error: No such command 'lst'. Did you mean 'list'? See `nas --help`\n"),
        (["list", "--jsn"], "error: No such option '--jsn'. Did you mean '--json'? See `nas list --help`\n"),
        (["show"], "error: Missing argument 'NAME'. See `nas show --help`\n"),
        (
            ["search", "--backend", "rays"],
            (
                "error: --backend: 'rays' is not known; known: local, process, ray. Did you mean 'ray'? "
                "See `nas search --help`\n"
            ),
        ),
        (
            ["search", "--trials", "many"],
            (
                "error: --trials: expected a whole number from 1 to 1,000,000, "
                "got 'many'. See `nas search --help`\n"
            ),
        ),
    ],
)
def test_a_usage_error_is_one_line_with_the_nearest_name(
    arguments: list[str], message: str, call: Call
) -> None:
    assert call(*arguments) == (2, "", message)


def test_without_a_command_the_help_is_shown(call: Call) -> None:
    ended = call()
    assert ended.code == 2
    assert "Commands:" in ended.err


def test_a_reader_that_goes_away_is_no_error_of_ours(finished_database: str) -> None:
    process = spawn("list", "--db", finished_database, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()  # before anything is written, as `nas list | true` does
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 1


@pytest.mark.parametrize("to", ["a full disk", "a pipe that nobody reads"])
def test_a_search_does_not_mind_that_nobody_can_read_its_lines(to: str, database: str) -> None:
    if to == "a full disk":
        unreadable = os.open("/dev/full", os.O_WRONLY)
    else:
        reading, unreadable = os.pipe()
        os.close(reading)
    with pytest.raises(OSError, match=r"No space|Broken pipe"):
        os.write(unreadable, b"a line\n")
    process = spawn(
        "search", "--db", database, "--trials", "2", *TINY, stdout=subprocess.PIPE, stderr=unreadable
    )
    os.close(unreadable)
    out, _ = process.communicate(timeout=240)
    assert process.returncode == 0
    assert "state: " in out
    refused = os.open("/dev/full", os.O_WRONLY)
    process = spawn("search", "--db", database, "--trials", "2", *TINY, stderr=refused)
    os.close(refused)
    assert process.wait(240) == 2  # the name is taken
