"""How a host ends when Ray is gone, what it says last, and how the pool keeps hosts; no Ray is started."""

import os
import pickle
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.workers import tiny
from workers import ray_actor
from workers.errors import PoolError
from workers.frames import DriverLink
from workers.job import Outcome
from workers.noop import evaluate_nothing
from workers.pool import Patience
from workers.ray_actor import Place, here
from workers.ray_pool import RayPool
from workers.ray_protocol import Ended, Lost, Settings
from workers.ray_session import LOG_BYTES, HostProcess

ROOT = Path(__file__).parents[2]
SETTINGS = Settings(None, "", 1, 0.0, 0, 0, Patience(), 1.0, 1.0, demanding=False, child=b"")
HOST = """
import sys, socket
from workers.frames import WorkerLink
from workers.job import Outcome
from workers.ray_host import Outbox, _look_out
from workers.ray_protocol import Ended
from tests.workers.test_ray_host import SETTINGS, {loss}
outbox = Outbox(WorkerLink(socket.socket(fileno=int(sys.argv[1]))))
outbox.add(Ended(Outcome(1, 0.5, token="t")))
_look_out({loss}, frozenset, outbox, SETTINGS._replace(directory=sys.argv[2]))
"""


def is_gone():
    return "it is gone"


def raises():
    raise SystemError("no answer")


@pytest.mark.parametrize(
    ("loss", "words"), [("is_gone", "it is gone"), ("raises", "Ray does not answer: no answer")]
)
def test_the_last_word_of_a_host_comes_after_all_that_is_done(tmp_path, loss, words):
    """Its outcome unsent, a finished training would be begun again; and Ray's own errors end more than the watch."""
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-c", HOST.format(loss=loss), str(theirs.fileno()), str(tmp_path / "ray")]
        ended = subprocess.run(
            command, cwd=ROOT, pass_fds=(theirs.fileno(),), start_new_session=True, check=False, timeout=60
        )
    link = DriverLink(ours)
    answers = [answer for message in link.receive() for answer in pickle.loads(message)]  # noqa: S301
    link.close()
    assert ended.returncode == 1
    assert answers == [Ended(Outcome(1, 0.5, token="t")), Lost(words, frozenset())]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where a host looks for Ray first, and for temporary files; nothing is left there at the end."""
    (tmp_path / "t").mkdir()
    monkeypatch.setattr("workers.ray_session._short_directory", lambda: str(tmp_path / "t"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    yield tmp_path
    assert list((tmp_path / "t").iterdir()) == []


def test_what_a_host_writes_is_cut_down_to_its_end(place):
    (place / "ray.py").write_text(
        "import os, pathlib, time\n"
        f"for _ in range(3): os.write(2, b'x' * {LOG_BYTES})\n"
        "os.write(2, b' the \\0 end')\n"
        f"pathlib.Path({str(place / 'written')!r}).touch()\n"
        "time.sleep(300)\n"
    )
    host = HostProcess(SETTINGS, tiny.tiny_data())
    deadline = time.monotonic() + 60
    while not (place / "written").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    before = os.fstat(host._log.fileno()).st_size
    assert host.receive(0) == []
    assert before > LOG_BYTES > os.fstat(host._log.fileno()).st_size
    psutil.Process(host.pid).kill()
    words = host.last_words()
    host.end()
    assert words.startswith("its process was killed by SIGKILL: xxx")
    assert words.endswith(r"x the \0 end")
    assert len(words) < 1000


def test_a_host_for_which_there_is_no_room_is_an_error_of_the_pool_and_leaves_nothing(place, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(place / "nowhere"))
    before = set(Path("/proc/self/fd").iterdir())
    with pytest.raises(PoolError, match=r"Ray: expected room for its host process, .*got: .*nowhere"):
        RayPool(tiny.TinySpace(), tiny.tiny_data(), evaluate_nothing, plugin_modules=(tiny,))
    assert set(Path("/proc/self/fd").iterdir()) == before


def test_a_host_knows_no_way_to_the_database(place, monkeypatch):
    monkeypatch.setenv("NAS_DATABASE", "postgresql://me:secret@host/db")
    monkeypatch.setenv("PGPASSWORD", "secret")
    (place / "ray.py").write_text(
        "import os, pathlib\n"
        f"pathlib.Path({str(place / 'seen')!r}).write_text(repr(dict(os.environ)))\n"
        "raise SystemError\n"
    )
    with pytest.raises(PoolError):
        RayPool(tiny.TinySpace(), tiny.tiny_data(), evaluate_nothing, plugin_modules=(tiny,))
    seen = (place / "seen").read_text()
    assert "PYTHONPATH" in seen
    assert "secret" not in seen


def test_a_worker_forgets_what_its_node_knew(monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "secret")
    monkeypatch.setenv("OTHER", "kept")
    ray_actor._forget_secrets()
    assert "PGPASSWORD" not in os.environ
    assert os.environ["OTHER"] == "kept"


@pytest.mark.parametrize(("device", "looks"), [("cuda:0", 3), ("cpu", 0)])
def test_a_worker_waits_for_the_gpu_memory_of_those_before_it(monkeypatch, device, looks):
    with subprocess.Popen(["true"]) as before:
        pass
    held = [frozenset({before.pid}), frozenset({before.pid}), frozenset()]
    asked = []

    def holding(processes):
        asked.append(set(processes))
        return held[len(asked) - 1]

    monkeypatch.setattr("workers.gpu_memory.holding", holding)
    places = [Place(here().machine, before.pid), Place("another machine", 4_000_000)]
    ray_actor._wait_until_gone(places, device)
    assert asked == [{before.pid}] * looks
