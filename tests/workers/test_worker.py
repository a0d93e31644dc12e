"""What a worker makes of jobs, in this process; what it does to its own process is tested on processes elsewhere."""

import os
import pickle
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from tests.workers import misdeeds
from tests.workers.tiny import TinySpace, tiny_data, tiny_job
from workers.job import ERROR_TEXT_LIMIT, FailureKind, Outcome
from workers.pool import Patience
from workers.process import exit_text, one_line, worker_name
from workers.worker import STOOD_STILL_EXIT, Worker

SPACE, DATA = TinySpace(), tiny_data()


def worker(evaluate=misdeeds.evaluate):
    return Worker(evaluate, SPACE, DATA, "cpu", Patience(silence=600))


def job(token, **changes):
    return replace(tiny_job(7), token=token, **changes)


def test_an_outcome_gets_the_token_and_the_name_of_the_worker():
    outcome = worker(lambda *_: Outcome(99, 0.5)).run(job("a-token"))
    assert outcome == Outcome(7, 0.5, token="a-token", worker=worker_name("cpu"))


def test_a_name_that_the_evaluation_gave_stays():
    assert worker(lambda *_: Outcome(7, 0.5, worker="elsewhere")).run(job("t")).worker == "elsewhere"


@pytest.mark.parametrize(
    ("deed", "kind", "text"),
    [
        ("leave 3", FailureKind.ERROR, "SystemExit: 3"),
        ("interrupt", FailureKind.ERROR, "KeyboardInterrupt"),
        ("raise_two_arguments", FailureKind.ERROR, "it was odd"),
        ("raise_speechless", FailureKind.ERROR, "SpeechlessError"),
        ("raise_local", FailureKind.ERROR, r"it holds a lock and a \0 and a \ud800"),
        ("raise_long", FailureKind.ERROR, "xxx the end"),
        ("raise_memory", FailureKind.OUT_OF_HOST_MEMORY, "MemoryError"),
        ("return nothing", FailureKind.ERROR, "expected an Outcome from the evaluation, got 'nothing'"),
    ],
)
def test_whatever_a_child_raises_is_a_failure_in_plain_text(deed, kind, text):
    outcome = worker().run(job(deed))
    assert (outcome.failure, outcome.token, outcome.worker) == (kind, deed, worker_name("cpu"))
    assert text in outcome.error_text
    assert len(outcome.error_text) <= ERROR_TEXT_LIMIT
    assert "\0" not in outcome.error_text
    outcome.error_text.encode()
    assert pickle.loads(pickle.dumps(outcome)) == outcome  # noqa: S301 - its own


def test_an_outcome_that_cannot_be_pickled_is_a_failed_child():
    broken = worker(lambda *_: Outcome(7, 0.5, error_text=threading.Lock()))
    outcome = pickle.loads(broken.run_pickled(pickle.dumps(job("t"))))  # noqa: S301 - its own
    assert (outcome.failure, outcome.token, outcome.job_id) == (FailureKind.ERROR, "t", 7)
    assert "lock" in outcome.error_text


def test_a_beat_says_what_is_in_training_and_what_has_been_done_since_the_last_one():
    beats = []

    def evaluate(job, space, data, device, report):
        beats.append(own.beat())
        report(misdeeds.epoch(1))
        report(misdeeds.epoch(2))
        beats.append(own.beat())
        beats.append(own.beat())
        return Outcome(job.job_id, 0.5)

    own = worker(evaluate)
    idle = own.beat()
    own.run(job("t"))
    assert (idle.worker, idle.job_id, idle.token, idle.epochs) == (worker_name("cpu"), None, "", ())
    assert all((beat.job_id, beat.token) == (7, "t") for beat in beats)
    assert [[point.metrics.epoch for point in beat.epochs] for beat in beats] == [[], [1, 2], []]
    assert own.beat().job_id is None
    assert idle.memory_bytes > 10_000_000
    assert idle.gpu_memory_bytes is None


def test_only_the_last_epoch_of_a_beat_holds_a_state_and_the_newest_state_is_kept():
    beats = []

    def evaluate(job, space, data, device, report):
        for number in range(1, 6):
            report(misdeeds.epoch(number, b"state" if number in (2, 4) else b""))
        beats.extend([own.beat(), own.beat()])
        return Outcome(job.job_id, 0.5)

    own = worker(evaluate)
    own.run(job("t"))
    assert [[(p.metrics.epoch, p.saved) for p in beat.epochs] for beat in beats] == [
        [(1, b""), (2, b""), (3, b""), (4, b"state")],
        [(5, b"")],
    ]


def test_what_a_thread_of_an_earlier_child_reports_is_not_the_next_childs():
    reports = []

    def evaluate(job, space, data, device, report):
        reports.append(report)
        reports[0](misdeeds.epoch(9))
        beats.append(own.beat())
        return Outcome(job.job_id, 0.5)

    own, beats = worker(evaluate), []
    own.run(job("first"))
    own.run(job("second"))
    assert [len(beat.epochs) for beat in beats] == [1, 0]


STOPPED = """
import sys, time
from workers.job import Job, Outcome
from workers.pool import Patience
from workers.worker import Worker

def spin(job, space, data, device, report):
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        pass
    return Outcome(job.job_id, 0.5)

worker = Worker(spin, None, None, "cpu", Patience(silence=float(sys.argv[2])))
worker.settle()
print(flush=True)
if sys.argv[1] == "sleep":
    time.sleep(60)
sys.setswitchinterval(1000)  # the main thread goes on alone, as it may for a moment after SIGCONT
worker.run(Job(1, None, None, 0))
"""


def stopping(noticed_by, silence):
    command = [sys.executable, "-c", STOPPED, noticed_by, str(silence)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    process.stdout.readline()
    return process


def test_a_worker_that_was_stopped_ends_itself_when_it_goes_on():
    with stopping("sleep", silence=2) as process:
        process.send_signal(signal.SIGSTOP)
        assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2.5)
        process.send_signal(signal.SIGCONT)
        assert process.wait(60) == STOOD_STILL_EXIT


def test_a_worker_that_stood_still_gives_no_outcome_even_where_its_watch_has_not_looked():
    with stopping("run", silence=0.4) as process:
        assert process.wait(60) == STOOD_STILL_EXIT


SETTLED = """
import os, signal
from workers.pool import Patience
from workers.worker import Worker
Worker(None, None, None, "cpu", Patience()).settle()
print(os.getpgrp() == os.getpid(), signal.getsignal(signal.SIGINT) == signal.SIG_IGN, flush=True)
os.kill(os.getpid(), signal.SIGINT)
os.kill(os.getpid(), signal.SIGTERM)
"""


def test_a_settled_worker_leads_its_group_and_heeds_sigterm_alone():
    done = subprocess.run(
        [sys.executable, "-c", SETTLED], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.split(), done.returncode) == (["True", "True"], -signal.SIGTERM)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (None, "ended in a way that is not known"),
        (77, "ended with exit code 77"),
        (-9, "was killed by SIGKILL"),
        (-40, "was killed by signal 40"),
    ],
)
def test_how_a_process_ended_is_told_in_words(code, text):
    assert exit_text(code) == text


def test_a_long_text_becomes_one_line_of_its_beginning_and_its_end():
    text = one_line("first\n  second\n" + "x " * 1000 + "last")
    assert text.startswith("first second x")
    assert text.endswith("x last")
    assert len(text) <= 610
