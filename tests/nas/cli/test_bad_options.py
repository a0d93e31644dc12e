"""What is typed or configured wrongly ends with exit code 2 and one line that says what was expected."""

import os
import re
from pathlib import Path

import pytest

from nas.storage.open import open_storage
from tests.nas.cli.calling import TINY, Call, Ended
from tests.nas.cli.unprivileged import unprivileged

MANY_GPUS = ("--backend", "ray", "--space", "toy", "--workers", "1000", "--gpus-per-worker", "1")
LONG = "n" * 300

OPTIONS = {
    "an option that is none": (["--trals", "3"], "No such option '--trals'. .*'--trials'"),
    "no trials": (["--trials", "0"], "--trials: expected a whole number from 1 to 1,000,000, got '0'"),
    "fewer than no trials": (["--trials", "-5"], "--trials: expected a whole number .*, got '-5'"),
    "an exponent": (["--trials", "1e3"], "--trials: expected a whole number .*, got '1e3'"),
    "too many trials": (["--trials", "99999999999"], "--trials: expected .* to 1,000,000, got '99999999999'"),
    "half a worker": (
        ["--workers", "0.5"],
        "workers.count: expected a whole number from 1 to 10,000, got 0.5",
    ),
    "no time": (["--time", "0"], "budget.time: expected a number above 0 and at most 100,000,000, got 0"),
    "no number": (["--max-latency-ms", "nan"], "limits.max_latency_ms: expected a number above 0, got nan"),
    "more GPUs than there are": (list(MANY_GPUS), "the workers need 1000 GPUs, this machine has "),
    "a path for a name": (["--name", "../x"], r"name: expected 1 to 80 letters, .*, got '\.\./x'"),
    "two dots": (["--name", ".."], r"name: expected .*, got '\.\.'"),
    "a slash": (["--name", "a/b"], "name: expected .*, got 'a/b'"),
    "a dash in front": (["--name=-x"], "name: expected .*a letter or digit in front, got '-x'"),
    "a long name": (["--name", LONG], r"name: expected .*, got 'n{99}\.\.\. \(302 characters\)"),
    "a picture for a name": (["--name", "\U0001f600"], "name: expected .*, got '\U0001f600'"),
    "a line break": (["--name", "a\nb"], r"name: expected .*, got 'a\\nb'"),
    "no name": (["--name", ""], "name: expected .*, got ''"),
    "a value for a bool": (["--set", "data.skip_bad=2"], "data.skip_bad: expected true or false, got 2"),
}


def refused(ended: Ended, database: str, code: int = 2) -> str:
    """Checks that a command ended at once and stored nothing; returns its one line."""
    assert (ended.code, ended.out) == (code, ""), ended
    (line,) = [line for line in ended.err.splitlines() if not line.startswith("starting Ray")]
    assert line.startswith("error: ")
    if Path(database.removeprefix("sqlite:///")).is_file():
        with open_storage(database, read_only=True) as storage:
            assert storage.searches() == []
    return line


def assert_matches(pattern: str, line: str) -> None:
    assert re.search(pattern, line), line


@pytest.mark.parametrize("case", OPTIONS)
def test_options(case: str, call: Call, database: str) -> None:
    arguments, expected = OPTIONS[case]
    tiny = () if "--backend" in arguments else TINY
    assert_matches(expected, refused(call("search", "--db", database, *tiny, *arguments), database))


def test_a_command_that_is_none(call: Call, database: str) -> None:
    assert_matches("No such command 'serch'. .*'search'", refused(call("serch"), database))


FILES = {
    "missing": (None, r"search\.toml: expected a configuration file, got: No such file or directory"),
    "empty": (b"", r"search\.toml: expected settings, got none"),
    "a syntax error": (b"[budget\n", r"search\.toml:1:8: expected TOML"),
    "a key twice": (
        b"seed = 1\nseed = 2\n",
        r"search\.toml:2:9: expected TOML that sets every key and table once",
    ),
    "a tag": (b"seed = !!python/object:os.system\n", r"search\.toml:1:8: expected TOML"),
    "an alias": (b"a = &a [1]\nb = *a\n", r"search\.toml:1:5: expected TOML"),
    "Latin-1": (b'name = "caf\xe9"\n', r"search\.toml: expected UTF-8 text, got byte 0xe9 at 11"),
    "a NUL byte": (b'name = "a\0b"\n', r"search\.toml:1:10: expected TOML .*Illegal character '\\x00'"),
    "a NUL in a name": (b'name = "a\\u0000b"\n', r"search\.toml: name: expected .*, got 'a\\x00b'"),
    "a misspelled key": (
        b"[recipe]\nleraning_rate = 1\n",
        r"recipe\.leraning_rate: .*Did you mean 'learning_rate'\?",
    ),
    "a word for a number": (
        b'[recipe]\nepochs = "ten"\n',
        r"recipe\.epochs: expected a whole number .*, got 'ten'",
    ),
    "infinity": (
        b"[recipe]\nlearning_rate = inf\n",
        r"recipe\.learning_rate: expected .*at most 100, got inf",
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_configuration_files(case: str, call: Call, database: str, tmp_path: Path) -> None:
    content, expected = FILES[case]
    file = tmp_path / "search.toml"
    if content is not None:
        file.write_bytes(content)
    assert_matches(expected, refused(call("search", file, "--db", database), database))


def test_a_configuration_file_that_is_a_folder(call: Call, database: str, tmp_path: Path) -> None:
    line = refused(call("search", tmp_path, "--db", database), database)
    assert_matches("expected a configuration file, got: Is a directory", line)


def test_a_configuration_file_that_may_not_be_read(call: Call, database: str, tmp_path: Path) -> None:
    file = tmp_path / "search.toml"
    file.write_text("seed = 1\n")
    file.chmod(0)
    line = refused(unprivileged(call, "search", file, "--db", database), database)
    assert_matches(r"search\.toml' is not readable", line)


def test_a_byte_order_mark_is_accepted(call: Call, database: str, tmp_path: Path) -> None:
    file = tmp_path / "search.toml"
    file.write_bytes(b'\xef\xbb\xbf[data]\ndataset = "/nowhere"\n')
    assert_matches("data set '/nowhere'", refused(call("search", file, "--db", database), database))


def test_a_message_shows_control_characters_and_undecodable_bytes_escaped(
    call: Call, database: str, tmp_path: Path
) -> None:
    file = tmp_path / os.fsdecode(b"\x1b[31mred\xff.toml")
    line = refused(call("search", file, "--db", database), database)
    assert r"\x1b[31mred\udcff.toml: expected a configuration file" in line


PLACES = {
    "missing": ("No such file or directory", "expected an existing directory"),
    "file": ("Not a directory", "expected an existing directory"),
    "loop": ("Too many levels of symbolic links", "expected an existing directory"),
    "closed": ("Permission denied", "closed, which cannot be written to"),
}
"""Folder of `places` -> what is said of a picture and of a database in it."""


@pytest.fixture
def places(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "loop.svg").symlink_to("loop.svg")
    (tmp_path / "closed").mkdir(mode=0o500)
    return tmp_path


@pytest.mark.parametrize("place", PLACES)
def test_a_picture_that_cannot_be_written(place: str, call: Call, places: Path, database: str) -> None:
    target = places / place / "x.svg"
    line = refused(unprivileged(call, "draw", "toy:0.0.1.1.0.0.1.1", "-o", target), database)
    assert_matches(f"--output: expected a file that can be written, got {target}: {PLACES[place][0]}", line)


def test_a_picture_that_is_a_circle_of_links(call: Call, places: Path, database: str) -> None:
    line = refused(call("draw", "toy:0.0.1.1.0.0.1.1", "-o", places / "loop.svg"), database)
    assert_matches(
        "--output: expected a file that can be written, got .*Too many levels of symbolic links", line
    )


@pytest.mark.parametrize("place", PLACES)
def test_a_database_that_cannot_be_made(place: str, call: Call, places: Path) -> None:
    database = f"sqlite:///{places / place / 'nas.db'}"
    line = refused(unprivileged(call, "search", "--db", database, *TINY), database)
    assert_matches(rf"database 'sqlite:.*nas\.db': .*{PLACES[place][1]}", line)


def test_a_database_that_is_a_circle_of_links(call: Call, places: Path) -> None:
    database = f"sqlite:///{places / 'loop'}"
    assert_matches(
        "got a link that leads nowhere", refused(call("search", "--db", database, *TINY), database)
    )


@pytest.mark.parametrize("place", ["file", "loop", "file/x", "loop/x", "closed/x"])
def test_a_folder_to_export_to_that_cannot_be_made(
    place: str, call: Call, places: Path, database: str
) -> None:
    ended = unprivileged(call, "export-best", "search", "-o", places / place, "--db", database)
    assert_matches("export directory '.*': expected a new or empty directory", refused(ended, database))
    assert not Path(database.removeprefix("sqlite:///")).exists()


@pytest.mark.parametrize("place", ["missing/search.toml", "file/search.toml", "loop", "closed/search.toml"])
def test_a_configuration_file_that_cannot_be_written(
    place: str, call: Call, places: Path, database: str
) -> None:
    line = refused(unprivileged(call, "init", places / place), database)
    assert_matches(f"{place}: expected ", line)
