"""What a worker cannot even import: it ends the process, unless that is a driver, which a test has started."""

import os
import signal

from search_spaces.space import Space
from workers.data.images import ImageData
from workers.job import Job, Outcome
from workers.noop import evaluate_nothing
from workers.pool import Report, ignore

if "FAULTS_CRASH" in os.environ and os.getppid() != int(os.environ["FAULTS_CRASH"]):
    os.kill(os.getpid(), signal.SIGSEGV)


def evaluate(job: Job, space: Space, data: ImageData, device: str, report: Report = ignore) -> Outcome:
    return evaluate_nothing(job, space, data, device, report)
