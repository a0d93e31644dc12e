"""What a pool on Ray does beside the contract of all pools: lost workers, workers that cannot start, no room."""

import importlib.util
import os
import signal
import sys

import pytest

from tests.workers import misdeeds, tiny
from tests.workers.conftest import RAY_CPUS
from tests.workers.jobs import begun, deed, gone, process_of, run
from tests.workers.tiny import TinySpace, tiny_data, tiny_job
from workers.errors import PoolError, ResourceError
from workers.gpus import gpus_needed, require_resources
from workers.job import FailureKind, Outcome
from workers.pool import Patience, ignore
from workers.process import is_alive
from workers.ray_crew import START_ATTEMPTS
from workers.ray_pool import RayPool
from workers.ray_protocol import Ended

pytestmark = pytest.mark.slow
PATIENCE = Patience(beat=0.2, silence=20.0)


def look_around(job, data):
    shared = not (data.train.images.flags.writeable or data.train.images.flags.owndata)
    return Outcome(job.job_id, float(shared), worker=os.environ["OMP_NUM_THREADS"])


def evaluate(job, space, data, device, report=ignore):
    """Does what the token of the job says."""
    if job.token == "look around":
        return look_around(job, data)
    return misdeeds.evaluate(job, space, data, device, report)


def open_pool(address, evaluate=evaluate, **options):
    modules = (tiny, misdeeds, sys.modules[__name__])
    settings = {"workers": 1, "patience": PATIENCE, "plugin_modules": modules, **options}
    return RayPool(TinySpace(), tiny_data(), evaluate, address=address, **settings)


@pytest.fixture(scope="module")
def shared_pool(ray_session):
    """One worker. Whoever uses it leaves nothing running."""
    with open_pool(ray_session) as opened:
        yield opened


@pytest.fixture
def pool(shared_pool):
    yield shared_pool
    assert not shared_pool.running


def test_a_worker_killed_in_training_is_one_lost_job_and_others_do_not_wait(ray_session, tmp_path):
    with open_pool(ray_session, workers=2) as pool:
        processes = set()
        while len(processes) < 2:  # until each of the two has answered
            pool.submit(tiny_job(1))
            pool.submit(tiny_job(2))
            while pool.running:
                processes |= {process_of(outcome) for outcome in pool.wait(60)}
        pool.submit(deed(100, f"sleep {tmp_path / 'begun'}"))
        begun(tmp_path / "begun")
        for job_id in range(3, 7):
            neighbour = run(pool, tiny_job(job_id))
            assert neighbour.job_id == job_id
        assert pool.running == {100}
        (busy,) = processes - {process_of(neighbour)}
        os.kill(busy, signal.SIGKILL)
        (lost,) = pool.wait(60)
        gone(busy)
        assert (lost.job_id, lost.failure) == (100, FailureKind.WORKER_LOST)
        assert lost.token == f"sleep {tmp_path / 'begun'}"
        assert lost.error_text
        after = []
        pool.submit(tiny_job(7))
        pool.submit(tiny_job(8))
        while pool.running:
            after += pool.wait(60)
        assert sorted(outcome.job_id for outcome in after) == [7, 8]
        assert all(outcome.failure is None for outcome in after)


def test_a_worker_that_is_asked_to_end_is_preempted(pool, tmp_path):
    process = process_of(run(pool, tiny_job(1)))
    pool.submit(deed(100, f"sleep {tmp_path / 'begun'}"))
    begun(tmp_path / "begun")
    os.kill(process, signal.SIGTERM)
    (ended,) = pool.wait(60)
    gone(process)
    assert ended.failure is FailureKind.PREEMPTED
    assert process_of(run(pool, tiny_job(2))) != process


def test_a_job_that_ends_its_process_is_lost_and_the_pool_works_on(pool):
    before = process_of(run(pool, tiny_job(1)))
    for _ in range(START_ATTEMPTS + 1):  # which were ready, hence no failed starts
        assert run(pool, deed(100, "vanish 3")).failure is FailureKind.WORKER_LOST
    assert process_of(run(pool, tiny_job(2))) != before


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("leave now", "SystemExit: now"),
        ("raise_two_arguments", "it was odd"),
        ("interrupt", "KeyboardInterrupt"),
    ],
)
def test_what_a_child_raises_is_its_own_fault_and_costs_its_process(pool, token, words):
    """Which it may have changed: how signals are handled, what is open, what still runs."""
    before = process_of(run(pool, tiny_job(1)))
    failed = run(pool, deed(100, token))
    assert failed.failure is FailureKind.ERROR
    assert words in failed.error_text
    assert process_of(run(pool, tiny_job(2))) != before


def test_memory_that_ran_out_costs_the_process_and_a_bad_training_does_not(pool):
    first = process_of(run(pool, tiny_job(1)))
    for kind in (FailureKind.DIVERGED, FailureKind.CONSTANT, FailureKind.DATA, FailureKind.OVER_LIMIT):
        assert run(pool, deed(100, f"fail {kind.value}")).failure is kind
    assert process_of(run(pool, tiny_job(2))) == first
    assert run(pool, deed(100, "fail out_of_memory")).failure is FailureKind.OUT_OF_MEMORY
    assert process_of(run(pool, tiny_job(3))) != first
    gone(first)


def test_workers_share_the_pictures_and_take_one_thread(pool):
    outcome = run(pool, deed(1, "look around"))
    assert outcome.validation_accuracy == 1.0
    assert outcome.worker == "1"


def test_signs_of_life_bring_the_epochs_and_their_states(pool):
    beats = []
    pool.listen(beats.append)
    assert run(pool, deed(100, "report_epochs 6")).failure is None
    heard = [beat for beat in beats if beat.job_id == 100]
    epochs = [report for beat in heard for report in beat.epochs]
    assert [report.metrics.epoch for report in epochs][:3] == [1, 2, 3]
    assert [len(report.saved) for report in epochs][:3] == [0, 3_000_000, 0]
    assert all(beat.token == "report_epochs 6" and beat.node and beat.memory_bytes > 10**7 for beat in heard)


def test_a_wait_ends_in_time_leaves_the_job_running_and_closing_ends_its_worker(ray_session, tmp_path):
    with open_pool(ray_session) as pool:
        process = process_of(run(pool, tiny_job(1)))
        pool.submit(deed(100, f"fork_and_sleep {tmp_path / 'begun'}"))
        assert list(pool.wait(0.2)) == []
        assert pool.running == {100}
        begun(tmp_path / "begun")
        child = int((tmp_path / "begun").read_text().split()[1])
        assert is_alive(process)
        assert is_alive(child)
    assert not is_alive(process)
    assert not is_alive(child)


def test_a_users_own_module_reaches_workers_that_cannot_import_it(ray_session, tmp_path):
    file = tmp_path / "users_own.py"
    file.write_text(
        "from workers.job import Outcome\n"
        "class Evaluate:\n"
        "    def __call__(self, job, space, data, device, report):\n"
        "        return Outcome(job.job_id, 0.75, worker=device)\n"
    )
    spec = importlib.util.spec_from_file_location("users_own", file)
    module = sys.modules["users_own"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    file.unlink()
    with open_pool(ray_session, module.Evaluate(), plugin_modules=(module, tiny)) as pool:
        assert run(pool, tiny_job(1)).validation_accuracy == 0.75


class Unloadable:
    """An evaluation that ends the process that unpickles it."""

    def __reduce__(self):
        return os._exit, (1,)


def test_workers_that_never_come_up_are_an_error_that_says_so(ray_session):
    with open_pool(ray_session, Unloadable()) as pool:
        pool.submit(tiny_job(1))
        with pytest.raises(
            PoolError, match=f"{START_ATTEMPTS} workers in a row ended before they were ready; the last: "
        ):
            pool.wait(60)


class Scripted:
    """Stands in for the host process: it is ready, does one job, and then cannot go on, all in one turn."""

    is_ready = True

    def __init__(self, *arguments):
        self._jobs = []
        self._error = None

    def send(self, job):
        self._jobs.append(job)

    def turn(self, seconds):
        jobs, self._jobs = self._jobs, []
        self._error = PoolError("no more workers")
        return [Ended(Outcome(j.job_id, 0.5, token=j.token)) for j in jobs]

    def check(self):
        if self._error:
            raise self._error

    def settle(self):
        pass

    def end(self):
        pass


def test_what_is_done_is_given_out_before_the_pool_says_that_it_cannot_go_on(monkeypatch):
    monkeypatch.setattr("workers.ray_pool.Keeper", Scripted)
    pool = open_pool(None)
    assert run(pool, deed(1, "anything")).validation_accuracy == 0.5
    pool.submit(deed(1, "anything"))
    assert len(pool.wait()) == 1
    pool._running[2] = "a job whose outcome never comes"
    with pytest.raises(PoolError, match="no more workers"):
        pool.wait()


def test_a_cluster_that_is_full_is_waited_for(pool, ray_session, monkeypatch):
    monkeypatch.setattr("workers.ray_pool.SAY_SECONDS", 0.5)
    said = []
    run(pool, tiny_job(1))
    with open_pool(ray_session, workers=RAY_CPUS - 1) as first:
        for job_id in range(RAY_CPUS - 1):
            first.submit(tiny_job(job_id))
        while first.running:  # until all processors are taken
            first.wait(60)
        with open_pool(ray_session) as second:
            second.listen(lambda beat: None, said.append)
            second.submit(tiny_job(1))
            while not said:
                assert list(second.wait(1)) == []
            first.close()
            (outcome,) = second.wait(60)
    assert outcome.failure is None
    assert said[0].startswith("waiting for a node with 1 CPU: 0 of 1 workers are up, ")


def test_more_workers_than_the_cluster_has_processors(ray_session):
    with pytest.raises(ResourceError, match=f"need {RAY_CPUS + 1} CPUs, the Ray cluster has {RAY_CPUS}"):
        open_pool(ray_session, workers=RAY_CPUS + 1)


@pytest.mark.parametrize(
    ("workers", "share", "needed"), [(1, 1.0, "1 GPU,"), (3, 0.5, "2 GPUs,"), (4, 0.4, "2 GPUs,")]
)
def test_more_gpus_than_there_are(workers, share, needed):
    assert f"{gpus_needed(workers, share)} GPU" in needed
    with pytest.raises(ResourceError, match=f"the workers need {needed} the Ray cluster has 0"):
        require_resources("GPU", gpus_needed(workers, share), 0, "the Ray cluster")


def test_a_cluster_without_gpus_is_an_error(ray_session):
    with pytest.raises(ResourceError, match="the workers need 1 GPU, the Ray cluster has 0"):
        open_pool(ray_session, gpus_per_worker=0.5)
