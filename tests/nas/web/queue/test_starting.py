"""Real processes: started once or not at all, outliving who started them, their end written down."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from nas.storage.owner import current_owner, is_gone
from nas.web.queue import attendant
from nas.web.queue.places import Ended, Place
from nas.web.queue.starting import StartError, start
from tests.faults.scenes import wait_until

Begin = Callable[..., str]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "place")


@pytest.fixture
def begin(place: Place) -> Iterator[Begin]:
    """Starts a Python script, and returns the owner string of its attendant; none is left."""
    owners: list[str] = []

    def begin_script(script: str, **variables: str) -> str:
        place.make([sys.executable, "-c", script], {})
        start(place.directory, {**os.environ, **variables}, owners.append)
        return owners[-1]

    yield begin_script
    for owner in owners:
        if not is_gone(owner):
            for process in psutil.Process(pid_of(owner)).children():
                process.kill()


def end_of(place: Place) -> Ended:
    wait_until(lambda: place.ended, "the end of a process")
    ended = place.ended
    assert ended is not None
    return ended


def pid_of(owner: str) -> int:
    return int(owner.split(":")[1])


def script_of(owner: str) -> psutil.Process:
    """Returns the process that an attendant attends, once it has begun."""
    wait_until(lambda: psutil.Process(pid_of(owner)).children(), "a process to begin")
    return psutil.Process(pid_of(owner)).children()[0]


@pytest.mark.parametrize(
    ("script", "code", "words"),
    [
        ("print('done')", 0, "done"),
        ("import sys; print('a'); sys.exit('error: b')", 1, "a\nerror: b"),
        ("import sys; sys.exit(70)", 70, ""),
        ("import os; print('x', flush=True); os.kill(os.getpid(), 9)", 137, "x"),
        ("print(*range(10), sep='\\n')", 0, "6\n7\n8\n9"),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\xfe\\n')", 0, "\ufffd\ufffd"),
        ("import sys; print(repr(sys.stdin.read()))", 0, "''"),
    ],
)
def test_how_it_ended_is_written_down(script: str, code: int, words: str, place: Place, begin: Begin) -> None:
    owner = begin(script)
    assert end_of(place) == Ended(code, words)
    wait_until(lambda: is_gone(owner), "the attendant to end")
    assert (place.directory / "attendant.txt").read_text() == ""


def test_what_it_says_is_bounded(place: Place, begin: Begin) -> None:
    begin("for number in range(60_000): print(number, 'x' * 20)")
    assert end_of(place).last_words.splitlines()[-1].startswith("59999 ")
    logs = [place.directory / name for name in ("log.txt", "log.1.txt")]
    for log in logs:
        assert log.stat().st_size <= attendant.LOG_BYTES + attendant.BLOCK_BYTES
        assert log.stat().st_mode & 0o777 == 0o600
    assert logs[0].read_text().endswith(f"59999 {'x' * 20}\n")


def test_a_line_without_an_end_is_bounded_as_well(place: Place, begin: Begin) -> None:
    begin("print('x' * 1_000_000, end='')")
    assert end_of(place).last_words == "x" * attendant.LAST_BYTES


def test_it_is_no_child_and_of_another_session(begin: Begin) -> None:
    owner = begin("import time; time.sleep(600)")
    process = script_of(owner)
    me = psutil.Process()
    assert process.pid not in [child.pid for child in me.children(recursive=True)]
    assert os.getsid(process.pid) != os.getsid(0)
    process.kill()


def test_what_is_asked_of_the_process_is_not_asked_of_its_attendant(place: Place, begin: Begin) -> None:
    """As systemd does when it ends a service: it asks all of its processes."""
    owner = begin(
        "import signal, sys, time\n"
        "signal.signal(15, lambda *_: sys.exit(7))\n"
        "print(1, flush=True)\n"
        "time.sleep(600)"
    )
    wait_until((place.directory / "log.txt").exists, "a word")
    os.kill(pid_of(owner), signal.SIGTERM)
    os.kill(script_of(owner).pid, signal.SIGTERM)
    assert end_of(place) == Ended(7, "1")


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the signal")
def test_it_is_asked_to_stop_when_its_attendant_is_killed(place: Place, begin: Begin, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    owner = begin(
        "import os, pathlib, signal, sys, time\n"
        "signal.signal(15, lambda *_: (pathlib.Path(os.environ['HEARD']).write_text('stop'), sys.exit()))\n"
        "print(1, flush=True)\n"
        "time.sleep(600)",
        HEARD=str(heard),
    )
    wait_until((place.directory / "log.txt").exists, "a word")
    os.kill(pid_of(owner), signal.SIGKILL)
    wait_until(heard.exists, "the process to hear of it")
    assert is_gone(owner)
    assert (place.has_begun, place.ended) == (True, None)


def test_nothing_begins_that_nobody_knows_of(place: Place, tmp_path: Path) -> None:
    place.make([sys.executable, "-c", f"open({str(tmp_path / 'done')!r}, 'w')"], {})
    owners: list[str] = []

    def keep(owner: str) -> None:
        owners.append(owner)
        assert not is_gone(owner)
        raise OSError("the database is away")

    with pytest.raises(OSError, match="the database is away"):
        start(place.directory, os.environ, keep)
    wait_until(lambda: is_gone(owners[0]), "the attendant to end")
    assert not place.has_begun
    assert not (tmp_path / "done").exists()


def test_an_attendant_that_cannot_be(place: Place) -> None:
    place.make([], {})
    with pytest.raises(StartError, match="expected a process that says its number"):
        start(place.directory, {**os.environ, "PYTHONHOME": "/nowhere"}, lambda owner: None)
    assert (place.directory / "attendant.txt").read_text()


def test_it_beats_while_the_process_lives(
    place: Place, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = begin("import time; time.sleep(600)")
    script = script_of(owner)
    beat = place.directory / "begun"
    long_ago = time.time() - 1_000
    os.utime(beat, (long_ago, long_ago))
    wait_until(lambda: beat.stat().st_mtime > long_ago + 900, "a beat")
    script.kill()
    assert end_of(place).code == 137


def test_what_the_process_started_does_not_keep_it_from_ending(place: Place, begin: Begin) -> None:
    """As Ray does, whose processes may hold the output open for longer."""
    begin(
        "import subprocess, sys\n"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid)"
    )
    ended = end_of(place)
    psutil.Process(int(ended.last_words)).kill()
    assert ended.code == 0


def test_the_owner_of_this_process_is_not_that_of_the_attendant(place: Place, begin: Begin) -> None:
    assert begin("pass") != current_owner()
    assert json.loads((place.directory / "orders.json").read_text())[1:] == ["-c", "pass"]
    end_of(place)
