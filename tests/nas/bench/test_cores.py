"""A stop-watch that stands still while other work has the core, and never otherwise."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nas.bench.cores import Watch, watch
from nas.storage.open import open_engine, open_storage
from tests.nas.storage.postgresql import Server


@pytest.fixture
def busy_core() -> Iterator[None]:
    """This thread and a process that never rests share one core."""
    cores = os.sched_getaffinity(0)
    core = min(cores)
    burner = f"import os\nos.sched_setaffinity(0, {{{core}}})\nprint(flush=True)\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-c", burner], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        os.sched_setaffinity(0, {core})
        yield
        os.sched_setaffinity(0, cores)
        child.kill()


def burn(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


@pytest.mark.usefixtures("busy_core")
def test_waiting_for_a_core_is_left_out() -> None:
    kept: list[float] = []
    worked, wall = 0.0, 0.0
    until = time.monotonic() + 60
    while wall - sum(kept) < 0.1 and time.monotonic() < until:
        began, before = time.perf_counter(), time.thread_time()
        with Watch().timed(kept.append):
            burn(0.05)
        wall, worked = wall + time.perf_counter() - began, worked + time.thread_time() - before
    assert wall - sum(kept) >= 0.1
    assert sum(kept) > 0.9 * worked


def test_sleep_is_no_waiting_for_a_core() -> None:
    kept: list[float] = []
    with Watch().timed(kept.append):
        time.sleep(0.2)
    assert kept[0] > 0.15


def test_a_server_beside_us_is_known_and_a_gone_one_does_no_harm(server: Server, tmp_path: Path) -> None:
    url = server.new_database()
    with open_storage(url), open_engine(url, read_only=False) as engine, engine.connect() as connection:
        servers = watch(connection).servers
        assert len(servers) >= 1
        assert all((file.parent / "comm").read_text() == "postgres\n" for file in servers)
    kept: list[float] = []
    with Watch([tmp_path / "gone"]).timed(kept.append):
        pass
    assert kept[0] > 0


def test_a_file_needs_no_server(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nas.db'}"
    open_storage(url).close()
    with open_engine(url, read_only=False) as engine, engine.connect() as connection:
        assert watch(connection) == Watch()
