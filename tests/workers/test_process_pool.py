"""What becomes of jobs whose workers are killed, stopped, hung or broken: real processes, real signals."""

import os
import signal

import psutil
import pytest

from tests.workers.processes import (
    GUARD_SECONDS,
    begin,
    is_alive,
    job,
    open_pool,
    outcomes,
    pid_of,
    plugin,
    run,
    stop,
    until,
)
from workers.errors import PoolError
from workers.job import ERROR_TEXT_LIMIT, FailureKind
from workers.pool import Patience
from workers.process_pool import START_ATTEMPTS
from workers.supervision import Supervision


@pytest.fixture(scope="module")
def pool():
    """One worker, usually patient; every test leaves it with a pool that has nothing to do."""
    with open_pool() as opened:
        yield opened
        assert opened.running == frozenset()


@pytest.mark.parametrize(
    ("number", "kind", "text"),
    [
        (signal.SIGKILL, FailureKind.WORKER_LOST, "was killed by SIGKILL"),
        (signal.SIGTERM, FailureKind.PREEMPTED, "was killed by SIGTERM"),
    ],
)
def test_a_worker_that_is_killed_in_training_ends_its_job_and_is_replaced(pool, tmp_path, number, kind, text):
    pid = begin(pool, "sleep", tmp_path / "begun")
    os.kill(pid, number)
    (lost,) = outcomes(pool, 1)
    assert (lost.job_id, lost.failure, lost.token) == (1, kind, f"sleep {tmp_path / 'begun'}")
    assert text in lost.error_text
    assert pid_of(lost) == pid
    after = run(pool, "")
    assert after.failure is None
    assert pid_of(after) != pid
    assert not psutil.pid_exists(pid)


def test_ctrl_c_is_the_drivers_to_deal_with(pool, tmp_path):
    pid = begin(pool, "report_epochs 3", tmp_path)
    os.kill(pid, signal.SIGINT)
    (outcome,) = outcomes(pool, 1)
    assert (outcome.failure, pid_of(outcome)) == (None, pid)


def test_a_stopped_worker_is_killed_by_a_driver_that_is_out_of_patience(tmp_path):
    with open_pool(patience=Patience(beat=0.2, silence=2)) as pool:
        pid = begin(pool, "sleep", tmp_path / "begun")
        stop(pid)
        (lost,) = outcomes(pool, 1)
        assert lost.failure is FailureKind.WORKER_LOST
        assert "expected a sign of life of the worker every 0.2 s, got none for" in lost.error_text
        assert run(pool, "").failure is None
        assert not psutil.pid_exists(pid)


def test_a_stopped_worker_ends_itself_where_the_driver_is_more_patient(tmp_path):
    with open_pool(patience=Patience(beat=0.2, silence=2)) as pool:
        pool._supervision = Supervision(Patience())
        pid = begin(pool, "sleep", tmp_path / "begun")
        stop(pid)
        assert list(pool.wait(2.5)) == []
        os.kill(pid, signal.SIGCONT)
        (lost,) = outcomes(pool, 1)
        assert lost.failure is FailureKind.WORKER_LOST
        assert "stood still" in lost.error_text


def test_all_workers_killed_at_once_are_as_many_lost_jobs_and_the_pool_works_on(tmp_path):
    with open_pool(workers=3) as pool:
        for number in range(3):
            pool.submit(job(f"sleep {tmp_path / str(number)}", job_id=number))
        until(pool, lambda: len(list(tmp_path.iterdir())) == 3)
        killed = [slot.process.pid for slot in pool._slots]
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        lost = outcomes(pool, 3)
        assert sorted(pid_of(outcome) for outcome in lost) == sorted(killed)
        assert {outcome.failure for outcome in lost} == {FailureKind.WORKER_LOST}
        for number in range(3):
            pool.submit(job("", job_id=number))
        assert [outcome.failure for outcome in outcomes(pool, 3)] == [None] * 3


@pytest.mark.parametrize(
    ("deed", "text"),
    [
        ("crash", "was killed by SIGSEGV: Fatal Python error: Segmentation fault"),
        ("vanish 0", "ended with exit code 0"),
        ("vanish 3", "ended with exit code 3"),
    ],
)
def test_a_child_that_ends_its_process_is_lost_each_time_and_the_pool_works_on(pool, deed, text):
    for _ in range(START_ATTEMPTS + 1 if deed == "crash" else 1):
        lost = run(pool, deed)
        assert lost.failure is FailureKind.WORKER_LOST
        assert text in lost.error_text
    assert run(pool, "").failure is None


CRASHES = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CRASHES, "was killed by SIGSEGV"),
        ("raise ValueError('a fault of it')", "exit code 1: .*a fault of it"),
    ],
)
def test_workers_that_end_before_they_are_ready_end_the_wait(tmp_path, text, words):
    with open_pool(plugin_files=[plugin(tmp_path / "broken.py", text)]) as pool:
        pool.submit(job(""))
        expected = f"^{START_ATTEMPTS} workers in a row ended before they were ready; the last .*{words}"
        with pytest.raises(PoolError, match=expected) as caught:
            pool.wait(GUARD_SECONDS)
        assert caught.value.exit_code == 70
        assert "\n" not in str(caught.value)
        assert pool.running == {1}


def test_an_outcome_that_is_there_is_given_back_before_the_pool_gives_up(tmp_path):
    once = f"from pathlib import Path\nif Path({str(tmp_path / 'was')!r}).exists():\n    {CRASHES}\n"
    text = once + f"Path({str(tmp_path / 'was')!r}).touch()"
    with open_pool(plugin_files=[plugin(tmp_path / "once.py", text)]) as pool:
        assert run(pool, "vanish 1").failure is FailureKind.WORKER_LOST
        pool.submit(job(""))
        with pytest.raises(PoolError, match="SIGSEGV"):
            pool.wait(GUARD_SECONDS)


@pytest.mark.parametrize("deed", ["fork_and_sleep", "spawn_and_sleep", "leave_own_session"])
def test_a_killed_worker_whose_child_lives_is_found_and_the_child_ended(pool, tmp_path, deed):
    """A forked child holds all files of its parent, so that no end of a connection tells of the parent's death."""
    begin(pool, deed, tmp_path / "pids")
    parent, child = map(int, (tmp_path / "pids").read_text().split())
    assert is_alive(child)
    os.kill(parent, signal.SIGKILL)
    (lost,) = outcomes(pool, 1)
    assert lost.failure is FailureKind.WORKER_LOST
    assert run(pool, "").failure is None
    assert not is_alive(child)
    assert not psutil.pid_exists(parent)


def test_a_child_that_left_its_group_is_ended_with_a_worker_that_is_killed(tmp_path):
    with open_pool(patience=Patience(trial=2)) as pool:
        begin(pool, "leave_own_session", tmp_path / "pids")
        (late,) = outcomes(pool, 1)
        assert late.failure is FailureKind.TIMEOUT
        assert run(pool, "").failure is None
        assert not any(is_alive(int(pid)) for pid in (tmp_path / "pids").read_text().split())


@pytest.mark.parametrize(
    ("deed", "patience", "kind", "text"),
    [
        ("sleep", Patience(trial=1.5), FailureKind.TIMEOUT, "the training to end within 1.5 s"),
        (
            "sleep_through_terms",
            Patience(beat=0.1, epoch=1.5),
            FailureKind.TIMEOUT,
            "epoch 1 to end within 1.5 s",
        ),
        ("hold_gil", Patience(trial=1.5), FailureKind.TIMEOUT, "the training to end within 1.5 s"),
        ("hold_gil", Patience(beat=0.2, silence=2), FailureKind.WORKER_LOST, "sign of life"),
    ],
)
def test_a_hung_training_is_killed_and_its_process_gone_before_the_next(tmp_path, deed, patience, kind, text):
    with open_pool(patience=patience) as pool:
        pid = begin(pool, deed, tmp_path / "begun")
        (late,) = outcomes(pool, 1)
        assert (late.failure, late.token) == (kind, f"{deed} {tmp_path / 'begun'}")
        assert text in late.error_text
        after = run(pool, "")
        assert after.failure is None
        assert pid_of(after) != pid
        assert not psutil.pid_exists(pid)


def test_a_reader_of_pictures_that_hangs_is_killed(tmp_path):
    os.mkfifo(tmp_path / "picture.png")
    with open_pool(patience=Patience(beat=0.1, epoch=1.5)) as pool:
        pid = begin(pool, "read_fifo", tmp_path / "picture.png")
        (late,) = outcomes(pool, 1)
        assert late.failure is FailureKind.TIMEOUT
        assert run(pool, "").failure is None
        assert not psutil.pid_exists(pid)


def test_a_training_that_stops_coming_on_is_told_by_its_epoch():
    with open_pool(patience=Patience(beat=0.1, epoch=1.5)) as pool:
        late = run(pool, "stall_after_an_epoch")
        assert late.failure is FailureKind.TIMEOUT
        assert "epoch 2 to end within 1.5 s" in late.error_text


@pytest.mark.parametrize(
    ("deed", "kind", "text"),
    [
        ("leave 3", FailureKind.ERROR, "SystemExit: 3"),
        ("interrupt", FailureKind.ERROR, "KeyboardInterrupt"),
        ("raise_two_arguments", FailureKind.ERROR, "it was odd"),
        ("raise_local", FailureKind.ERROR, r"a lock and a \0"),
        ("raise_long", FailureKind.ERROR, "xxx the end"),
        ("return 5", FailureKind.ERROR, "expected an Outcome"),
    ],
)
def test_whatever_a_child_raises_is_its_failure_and_costs_its_process(pool, deed, kind, text):
    before = pid_of(run(pool, ""))
    failed = run(pool, deed)
    assert (failed.failure, pid_of(failed)) == (kind, before)
    assert text in failed.error_text
    assert len(failed.error_text) <= ERROR_TEXT_LIMIT
    assert pid_of(run(pool, "")) != before
    assert not psutil.pid_exists(before)


def test_a_child_that_failed_as_children_do_leaves_its_process_to_the_next(pool):
    before = pid_of(run(pool, ""))
    failures = [run(pool, f"fail {kind}") for kind in ("diverged", "constant", "data_error")]
    assert [pid_of(failed) for failed in failures] == [before] * 3
    assert pid_of(run(pool, "")) == before


def test_what_a_child_prints_goes_nowhere(pool, capfd):
    before = run(pool, "")
    loud = run(pool, f"shout {100 * 2**20}")
    assert (loud.failure, pid_of(loud)) == (None, pid_of(before))
    assert capfd.readouterr() == ("", "")
    assert os.fstat(pool._slots[0].process._errors.fileno()).st_size == 0


@pytest.mark.parametrize("kind", [FailureKind.OUT_OF_MEMORY, FailureKind.OUT_OF_HOST_MEMORY])
def test_memory_that_ran_out_costs_the_process(pool, kind):
    before = pid_of(run(pool, ""))
    failed = run(pool, f"fail {kind}")
    assert (failed.failure, pid_of(run(pool, "")) != before) == (kind, True)
    assert not psutil.pid_exists(before)


def test_a_child_that_closes_the_files_of_its_process_is_lost(pool):
    """Its process lives on, and would never be heard of again."""
    before = pid_of(run(pool, ""))
    lost = run(pool, "close_files")
    assert lost.failure is FailureKind.WORKER_LOST
    assert "closed its link to the driver" in lost.error_text
    assert run(pool, "").failure is None
    assert not psutil.pid_exists(before)
