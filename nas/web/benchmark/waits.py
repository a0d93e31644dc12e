"""What a request takes where the machine has a core for it: wall time less the waits for one, where Linux tells them.

As `nas.bench.cores` does for one thread and a PostgreSQL, for all threads of a server. Where several of them wait at
once, more would be left out than was waited; so it is never less than the processor time that they took together.
"""

import time
from dataclasses import dataclass
from pathlib import Path

_THIS_THREAD = Path("/proc/thread-self/schedstat")


@dataclass(frozen=True, slots=True)
class Moment:
    """Clocks at one moment, in seconds."""

    wall: float
    busy: float
    """Processor time of this thread and of all threads of the server."""
    waited: float
    """Of the same, ready to run and without a core."""

    def until(self, later: "Moment") -> float:
        """Returns the time between two moments, without the waits."""
        return max(later.wall - self.wall - (later.waited - self.waited), later.busy - self.busy)


def now(process: int) -> Moment:
    """Reads the clocks of this thread and of a process of this machine."""
    files = [_THIS_THREAD, *Path(f"/proc/{process}/task").glob("*/schedstat")]
    told = [_run_and_waited(file) for file in files]
    return Moment(time.perf_counter(), sum(run for run, _ in told), sum(waited for _, waited in told))


def _run_and_waited(file: Path) -> tuple[float, float]:
    """Returns the first numbers of `schedstat`, in seconds; 0 of a thread that has ended, or where none are told."""
    try:
        run, waited, *_ = file.read_text().split()
    except OSError:
        return 0.0, 0.0
    return int(run) / 1e9, int(waited) / 1e9
