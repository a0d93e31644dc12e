"""Ray's own ways to fail: lost workers, workers that cannot start, processors that are not there."""

import importlib.util
import os
import signal
import sys
import time

import psutil
import pytest

from tests.workers import tiny
from tests.workers.conftest import RAY_CPUS
from tests.workers.tiny import TinySpace, tiny_data, tiny_job
from workers.data.images import ImageData
from workers.errors import PoolError, ResourceError
from workers.job import FailureKind, Job, Outcome
from workers.noop import evaluate_nothing
from workers.process import worker_name
from workers.ray_pool import START_ATTEMPTS, RayPool

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]


class TwoArgumentsError(Exception):
    """Cannot be unpickled, as its constructor wants two arguments and pickle passes one."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first + second)


def sleep(job: Job, data: ImageData) -> Outcome:
    time.sleep(60)
    return Outcome(job.job_id, 0.0)


def run_out_of_memory(job: Job, data: ImageData) -> Outcome:
    return Outcome(job.job_id, failure=FailureKind.OUT_OF_MEMORY, worker=worker_name("cpu"))


def report_error(job: Job, data: ImageData) -> Outcome:
    return Outcome(job.job_id, failure=FailureKind.ERROR, worker=worker_name("cpu"))


def raise_odd_error(job: Job, data: ImageData) -> Outcome:
    raise TwoArgumentsError("it was ", "odd")


def vanish(job: Job, data: ImageData) -> Outcome:
    os._exit(1)


def leave(job: Job, data: ImageData) -> Outcome:
    sys.exit(0)


def look_around(job: Job, data: ImageData) -> Outcome:
    shared = not (data.train.images.flags.writeable or data.train.images.flags.owndata)
    return Outcome(job.job_id, float(shared), worker=os.environ["OMP_NUM_THREADS"])


ACTIONS = dict(
    enumerate(
        (sleep, run_out_of_memory, report_error, raise_odd_error, vanish, leave, look_around), start=100
    )
)
IDS = {action.__name__: job_id for job_id, action in ACTIONS.items()}


def evaluate(job: Job, space: TinySpace, data: ImageData, device: str) -> Outcome:
    """Does what the id of the job stands for."""
    if job.job_id in ACTIONS:
        return ACTIONS[job.job_id](job, data)
    return evaluate_nothing(job, space, data, device)


def open_pool(evaluate=evaluate, workers=1):
    modules = (tiny, sys.modules[__name__])
    return RayPool(TinySpace(), tiny_data(), evaluate, workers=workers, plugin_modules=modules)


@pytest.fixture
def pool():
    with open_pool() as opened:
        yield opened


def run(pool, job):
    pool.submit(job)
    (outcome,) = pool.wait(60)
    return outcome


def process_of(outcome):
    return int(outcome.worker.split(":")[1])


def is_alive(process):
    return psutil.pid_exists(process) and psutil.Process(process).status() != psutil.STATUS_ZOMBIE


def test_a_worker_killed_in_training_is_one_lost_job():
    with open_pool(workers=2) as pool:
        processes = set()
        while len(processes) < 2:  # until each of the two has answered
            pool.submit(tiny_job(1))
            pool.submit(tiny_job(2))
            while pool.running:
                processes |= {process_of(outcome) for outcome in pool.wait(60)}
        pool.submit(tiny_job(IDS["sleep"]))
        pool.submit(tiny_job(3))
        (neighbour,) = pool.wait(60)
        (busy,) = processes - {process_of(neighbour)}
        os.kill(busy, signal.SIGKILL)
        (lost,) = pool.wait(60)
        assert lost.failure is FailureKind.WORKER_LOST
        assert lost.job_id == IDS["sleep"]
        assert lost.error_text
        pool.submit(tiny_job(4))
        pool.submit(tiny_job(5))
        after = []
        while pool.running:
            after += pool.wait(60)
        assert sorted(outcome.job_id for outcome in after) == [4, 5]
        assert all(outcome.failure is None for outcome in after)


@pytest.mark.parametrize("end", ["vanish", "leave"])
def test_a_job_that_ends_its_process_is_lost_and_the_pool_works_on(pool, end):
    before = process_of(run(pool, tiny_job(1)))
    for _ in range(START_ATTEMPTS + 1):
        assert run(pool, tiny_job(IDS[end])).failure is FailureKind.WORKER_LOST
    assert process_of(run(pool, tiny_job(2))) != before


def test_an_error_that_cannot_be_pickled_is_the_childs(pool):
    before = process_of(run(pool, tiny_job(1)))
    failed = run(pool, tiny_job(IDS["raise_odd_error"]))
    assert failed.failure is FailureKind.ERROR
    assert "it was odd" in failed.error_text
    assert process_of(run(pool, tiny_job(2))) == before


def test_memory_that_ran_out_costs_the_process_and_other_faults_do_not(pool):
    first = process_of(run(pool, tiny_job(IDS["report_error"])))
    second = process_of(run(pool, tiny_job(IDS["run_out_of_memory"])))
    third = process_of(run(pool, tiny_job(1)))
    assert first == second != third
    assert not is_alive(first)


def test_workers_share_the_pictures_and_take_one_thread(pool):
    outcome = run(pool, tiny_job(IDS["look_around"]))
    assert outcome.validation_accuracy == 1.0
    assert outcome.worker == "1"


def test_a_wait_ends_in_time_and_leaves_the_job_running(pool):
    run(pool, tiny_job(1))
    pool.submit(tiny_job(IDS["sleep"]))
    began = time.monotonic()
    assert list(pool.wait(0.2)) == []
    assert 0.2 <= time.monotonic() - began < 5
    assert pool.running == {IDS["sleep"]}


def test_one_worker_waits_for_no_other():
    with open_pool(workers=2) as pool:
        pool.submit(tiny_job(IDS["sleep"]))
        for job_id in range(5):
            assert run(pool, tiny_job(job_id)).job_id == job_id
        assert pool.running == {IDS["sleep"]}


def test_closing_ends_a_worker_in_the_middle_of_its_job(pool):
    process = process_of(run(pool, tiny_job(1)))
    pool.submit(tiny_job(IDS["sleep"]))
    pool.close()
    assert not is_alive(process)


def test_a_users_own_module_reaches_workers_that_cannot_import_it(tmp_path):
    file = tmp_path / "users_own.py"
    file.write_text(
        "from workers.job import Outcome\n"
        "class Evaluate:\n"
        "    def __call__(self, job, space, data, device):\n"
        "        return Outcome(job.job_id, 0.75, worker=device)\n"
    )
    spec = importlib.util.spec_from_file_location("users_own", file)
    module = sys.modules["users_own"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    file.unlink()
    with RayPool(None, tiny_data(), module.Evaluate(), workers=1, plugin_modules=(module,)) as pool:
        assert run(pool, tiny_job(1)).validation_accuracy == 0.75


class Unloadable:
    """An evaluation that ends the process that unpickles it."""

    def __reduce__(self):
        return os._exit, (1,)


def test_workers_that_never_come_up_are_an_error_that_says_so():
    with open_pool(evaluate=Unloadable()) as pool:
        for job_id in range(1, START_ATTEMPTS):
            assert run(pool, tiny_job(job_id)).failure is FailureKind.WORKER_LOST
        with pytest.raises(
            PoolError, match=f"{START_ATTEMPTS} workers in a row ended before they were ready; the last"
        ):
            run(pool, tiny_job(99))


def test_workers_that_find_no_room_are_an_error_in_time(monkeypatch):
    with open_pool(workers=RAY_CPUS) as first:
        for job_id in range(RAY_CPUS):
            first.submit(tiny_job(job_id))
        while first.running:  # until all processors are taken
            first.wait(60)
        monkeypatch.setattr("workers.ray_pool.START_SECONDS", 1.0)
        with open_pool() as second:
            second.submit(tiny_job(1))
            with pytest.raises(PoolError, match=r"expected one of 1 workers to be up within 1 s"):
                second.wait(60)


def test_more_workers_than_the_cluster_has_processors():
    with pytest.raises(ResourceError, match=f"need {RAY_CPUS + 1} CPUs, the Ray cluster has {RAY_CPUS}"):
        open_pool(workers=RAY_CPUS + 1)


@pytest.mark.parametrize(
    ("workers", "share", "needed"), [(1, 1.0, "1 GPU,"), (3, 0.5, "2 GPUs,"), (4, 0.4, "2 GPUs,")]
)
def test_more_gpus_than_there_are(workers, share, needed):
    with pytest.raises(ResourceError, match=f"the workers need {needed} the Ray cluster has 0"):
        RayPool(TinySpace(), tiny_data(), evaluate_nothing, workers=workers, gpus_per_worker=share)
