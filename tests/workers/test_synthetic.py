"""The stand-in for training: its result shows whether each epoch was done exactly once."""

import math
import pickle
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.workers.tiny import TinySpace, tiny_data, tiny_job
from workers import synthetic
from workers.job import EpochReport, Job, Outcome
from workers.synthetic import Chain, SyntheticTraining

SPACE, DATA = TinySpace(), tiny_data()


FOUR_EPOCHS = SyntheticTraining()


def run(job: Job, training: SyntheticTraining = FOUR_EPOCHS) -> tuple[Outcome, list[EpochReport]]:
    reports: list[EpochReport] = []
    return training(job, SPACE, DATA, "cpu", reports.append), reports


def saving(job_id: int = 1, tokens: tuple[int, int] = (1, 1), saved: bytes = b"") -> Job:
    return replace(tiny_job(job_id, tokens=tokens), save_seconds=0.0, saved=saved)


def test_the_architecture_alone_decides():
    outcomes = [
        run(tiny_job(i, tokens=tokens, seed=i))[0]
        for i, tokens in enumerate([(0, 0), (0, 1), (1, 0), (1, 1), (0, 0)])
    ]
    accuracies = [outcome.validation_accuracy for outcome in outcomes]
    assert accuracies[0] == accuracies[4]
    assert len(set(accuracies)) == 4
    assert all(0 <= accuracy < 1 for accuracy in accuracies)
    assert [outcome.job_id for outcome in outcomes] == [0, 1, 2, 3, 4]


def test_every_epoch_is_reported_and_the_last_one_needs_no_state():
    outcome, reports = run(saving())
    assert tuple(report.metrics for report in reports) == outcome.curve
    assert [point.epoch for point in outcome.curve] == [1, 2, 3, 4]
    assert [bool(report.saved) for report in reports] == [True, True, True, False]
    assert outcome.validation_accuracy == outcome.curve[-1].validation_accuracy
    assert not any(report.saved for report in run(tiny_job(1))[1])


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_it_goes_on_behind_any_epoch(epoch: int):
    undisturbed, reports = run(saving())
    resumed, seen = run(saving(saved=reports[epoch - 1].saved))
    assert resumed == undisturbed
    assert [report.metrics.epoch for report in seen] == list(range(epoch + 1, 5))


def test_another_number_of_epochs_gives_another_result():
    results = {
        run(tiny_job(1), SyntheticTraining(epochs=epochs))[0].validation_accuracy for epochs in (3, 4, 5)
    }
    assert len(results) == 3


def test_the_state_of_another_shows_in_the_result():
    _, reports = run(saving(tokens=(0, 1)))
    right, wrong = run(saving())[0], run(saving(saved=reports[1].saved))[0]
    assert wrong.validation_accuracy != right.validation_accuracy


def test_an_epoch_skipped_or_done_twice_shows_in_the_result():
    links = Chain.of(tiny_job(1).architecture).longer().longer().links
    right = run(saving())[0].validation_accuracy
    for wrong in ((links[0], links[2]), (*links, links[2])):
        assert run(saving(saved=Chain(wrong).written()))[0].validation_accuracy != right


@pytest.mark.parametrize("saved", [b"", b"\xff", b"{}", b"[1]", b'{"links": 5}', b'{"links": []}', b"null"])
def test_with_a_damaged_state_it_begins_at_the_beginning(saved: bytes):
    outcome, reports = run(saving(saved=saved))
    assert outcome == run(saving())[0]
    assert [report.metrics.epoch for report in reports] == [1, 2, 3, 4]


def test_it_sleeps_each_epoch_and_saves_as_often_as_it_is_asked_to(monkeypatch: pytest.MonkeyPatch):
    slept: list[float] = []
    monkeypatch.setattr(synthetic.time, "sleep", slept.append)
    outcome, reports = run(
        replace(tiny_job(1), save_seconds=5.0), SyntheticTraining(epochs=6, epoch_seconds=3.0)
    )
    assert slept == [3.0] * 6
    assert [report.metrics.epoch for report in reports if report.saved] == [2, 4]
    assert outcome.train_seconds == math.fsum(point.seconds for point in outcome.curve) == 18.0


def test_it_travels_to_workers_and_starts_without_torch():
    training = SyntheticTraining(epochs=3, epoch_seconds=0.5)
    assert pickle.loads(pickle.dumps(training)) == training  # noqa: S301 - written on this line
    command = "import sys, workers.synthetic; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", command], check=True)
