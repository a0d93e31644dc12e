"""Children of a whole search that misbehave as a test wants: which, at which attempt and how, a file of the test says.

A worker that begins a child leaves a file about it, so that a test sees that its fault has happened, finds the process,
and counts how often something was trained. Workers import this module, so that it imports little.
"""

import ctypes
import json
import os
import resource
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from search_spaces.space import Space
from tests.workers import misdeeds
from workers.data.images import ImageData
from workers.job import EpochReport, FailureKind, Job, Outcome
from workers.pool import Report, ignore
from workers.process import PR_SET_PDEATHSIG
from workers.synthetic import SyntheticTraining

PLACE = "FAULTS_PLACE"
"""The variable that names the directory of a test; all processes of its search have it."""
TRAINING = SyntheticTraining(epochs=4, epoch_seconds=0.02)
"""What a child does where nothing else is asked of it, and after what was asked."""
LARGE_BYTES = 3_000_000
EVERY = "every"
"""In place of a trial's number: what all children do that the plan does not name."""


@dataclass(frozen=True)
class Begun:
    """What a worker says of a child it has begun."""

    pid: int
    deed: str
    saved_bytes: int
    """Of the state that it was to go on from."""


def write_plan(place: Path, deeds: dict[int | str, Sequence[str]]) -> None:
    """Says what the attempts at each trial do, the first one first; "" is an ordinary training."""
    (place / "plan.json").write_text(json.dumps(deeds))


def begun_file(place: Path, number: int, attempt: int) -> Path:
    return place / f"{number}.{attempt}.begun"


def deed_file(place: Path, number: int, attempt: int) -> Path:
    """What a deed leaves when it is done, or on the way."""
    return place / f"{number}.{attempt}.deed"


def trained_file(place: Path, number: int, attempt: int) -> Path:
    return place / f"{number}.{attempt}.trained"


def give_word(deed: Path) -> None:
    """Lets a child go on that has left the file, and waits."""
    deed.with_suffix(".go").touch()


def evaluate(job: Job, space: Space, data: ImageData, device: str, report: Report = ignore) -> Outcome:
    """Does what the plan says for this attempt, and then trains as usual unless that was an end of it."""
    place, number = Path(os.environ[PLACE]), job.job_id - 1
    plan = json.loads((place / "plan.json").read_text())
    attempt = _begin(place, number, job, plan)
    deed = read_begun(place, number, attempt).deed
    name, _, argument = deed.partition(" ")
    if name == "fail":
        return Outcome(job.job_id, failure=FailureKind(argument), error_text=f"it was to fail: {argument}")
    if name in DEEDS:
        report = DEEDS[name](deed_file(place, number, attempt), job, report) or report
    elif name:
        misdeeds.DEEDS[name](argument or str(deed_file(place, number, attempt)), report)
    outcome = TRAINING(job, space, data, device, report)
    trained_file(place, number, attempt).touch()
    return outcome


def read_begun(place: Path, number: int, attempt: int) -> Begun:
    return Begun(**json.loads(begun_file(place, number, attempt).read_text()))


def _begin(place: Path, number: int, job: Job, plan: dict[str, list[str]]) -> int:
    """Takes the next attempt at the trial and leaves word of it; returns which it is."""
    for attempt in count(1):
        file = begun_file(place, number, attempt)
        if file.exists():
            continue
        deeds = plan.get(str(number), plan.get(EVERY, []))
        endless = plan.get(str(number)) is None
        deed = deeds[0] if deeds and endless else (deeds[attempt - 1] if attempt <= len(deeds) else "")
        word = {"pid": os.getpid(), "deed": deed, "saved_bytes": len(job.saved)}
        file.with_suffix(".new").write_text(json.dumps(word))
        file.with_suffix(".new").rename(file)
        return attempt
    raise AssertionError("there is always a next attempt")


def run_out_of_memory(file: Path, job: Job, report: Report) -> None:
    """Asks for more memory than the process may have."""
    size, hard = resource.getrlimit(resource.RLIMIT_AS)
    file.touch()
    try:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, hard))
        bytearray(1 << 32)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (size, hard))


def reach_nan(file: Path, job: Job, report: Report) -> None:
    """Says that the training went well, with an accuracy that is no number."""
    file.touch()
    Outcome(job.job_id, float("nan"))


def wait_for_word(file: Path, job: Job, report: Report) -> None:
    """Waits for a file of the test."""
    file.touch()
    while not file.with_suffix(".go").exists():
        time.sleep(0.01)


def save_large(file: Path, job: Job, report: Report) -> Report:
    """Waits for a file, and then trains with a large state after every epoch."""
    wait_for_word(file, job, report)
    return lambda epoch: report(replace(epoch, saved=os.urandom(LARGE_BYTES)))


def train_half(file: Path, job: Job, report: Report) -> None:
    """Trains, but comes no further than the second epoch."""

    def report_and_stop(epoch: EpochReport) -> None:
        report(epoch)
        if epoch.metrics.epoch == 2:
            file.touch()
            time.sleep(misdeeds.LONG_SECONDS)

    TRAINING(job, None, None, "cpu", report_and_stop)  # type: ignore[arg-type]  # it looks at neither


def outlive_driver(file: Path, job: Job, report: Report) -> None:
    """Lets nothing tell it that its driver has gone, and works on in native code."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, 0)
    file.touch()
    ctypes.PyDLL(None).sleep(misdeeds.LONG_SECONDS)


def outlive_driver_for_a_moment(file: Path, job: Job, report: Report) -> None:
    """The same, but lets the thread run that looks after the driver."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, 0)
    file.touch()
    threading.Event().wait(misdeeds.LONG_SECONDS)


DEEDS: dict[str, Callable[[Path, Job, Report], Report | None]] = {
    deed.__name__: deed
    for deed in (
        run_out_of_memory,
        reach_nan,
        wait_for_word,
        save_large,
        train_half,
        outlive_driver,
        outlive_driver_for_a_moment,
    )
}
