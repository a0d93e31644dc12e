"""Stop-watches for machines that have other work: what was only waiting for a core is left out where Linux tells."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text

_THIS_THREAD = Path("/proc/thread-self/schedstat")
_BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'nas'"


@dataclass(frozen=True, slots=True)
class Watch:
    """Measures what this thread and the servers whose files are named do for each other, one after the other."""

    servers: Sequence[Path] = ()

    @contextmanager
    def timed(self, keep: Callable[[float], None]) -> Iterator[None]:
        """Gives the seconds that the block took to `keep`, the waiting for cores left out.

        Never less than the processor time of all: what waits that nobody waits for is left out as well.
        """
        before = [_run_and_waited(file) for file in self.servers], _run_and_waited(_THIS_THREAD)[1]
        began, worked = time.perf_counter(), time.thread_time()
        yield
        seconds, busy = time.perf_counter() - began, time.thread_time() - worked
        waited = _run_and_waited(_THIS_THREAD)[1] - before[1]
        for file, (run, delay) in zip(self.servers, before[0], strict=True):
            run_now, delay_now = _run_and_waited(file)
            busy, waited = busy + run_now - run, waited + delay_now - delay
        keep(max(seconds - waited, busy))


def watch(connection: Connection) -> Watch:
    """Returns a watch that knows the processes of a PostgreSQL on this machine that work for this one."""
    if connection.dialect.name != "postgresql":
        return Watch()
    processes = [Path(f"/proc/{pid}") for pid in connection.scalars(text(_BACKENDS))]
    return Watch([path / "schedstat" for path in processes if _is_server(path)])


def _is_server(process: Path) -> bool:
    """Whether the process of that number, which may be one of another machine, is a PostgreSQL here."""
    try:
        return (process / "comm").read_text().strip() == "postgres"
    except OSError:
        return False


def _run_and_waited(file: Path) -> tuple[float, float]:
    """Returns how many seconds a thread ran, and was ready to run and had no core; 0 where the system does not say.

    The first numbers of `schedstat`, in nanoseconds: Documentation/scheduler/sched-stats.rst of Linux.
    """
    try:
        run, waited, *_ = file.read_text().split()
    except OSError:
        return 0.0, 0.0
    return int(run) / 1e9, int(waited) / 1e9
