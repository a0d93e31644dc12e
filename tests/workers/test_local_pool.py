"""Training in this process: every epoch is heard of while the training goes on."""

from dataclasses import replace

from tests.workers.misdeeds import epoch
from tests.workers.tiny import TinySpace, tiny_data, tiny_job
from workers.evaluate import evaluate_child
from workers.job import Outcome
from workers.local_pool import LocalPool
from workers.process import worker_name


def test_each_epoch_is_a_beat_before_the_training_goes_on():
    heard, order = [], []

    def evaluate(job, space, data, device, report):
        for number in (1, 2):
            order.append(f"epoch {number}")
            report(epoch(number, b"state" if number == 2 else b""))
        return Outcome(job.job_id, 0.5)

    def listen(beat):
        heard.append(beat)
        order.append("heard")

    with LocalPool(TinySpace(), tiny_data(), evaluate) as pool:
        pool.listen(listen)
        pool.submit(replace(tiny_job(3), token="a-token"))
        pool.wait()
    assert order == ["epoch 1", "heard", "epoch 2", "heard"]
    assert [(beat.worker, beat.job_id, beat.token) for beat in heard] == [
        (worker_name("cpu"), 3, "a-token")
    ] * 2
    assert [beat.epochs for beat in heard] == [(epoch(1),), (epoch(2, b"state"),)]


def test_what_is_heard_of_a_training_is_its_learning_curve():
    heard = []
    with LocalPool(TinySpace(), tiny_data(), evaluate_child) as pool:
        pool.listen(heard.append)
        pool.submit(tiny_job(3, epochs=3))
        (outcome,) = pool.wait()
    assert tuple(report.metrics for beat in heard for report in beat.epochs) == outcome.curve
    assert len(outcome.curve) == 3
