"""A training that is interrupted after any epoch goes on as if nothing had happened, bit for bit, or begins anew."""

import hashlib
import random
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from search_spaces.architecture import Architecture
from search_spaces.build import build_module
from search_spaces.graph import GraphBuilder
from search_spaces.operations import BUILT_IN, OPERATIONS
from tests.workers.tiny import TinySpace, bars, tiny_data, tiny_job
from workers import evaluate
from workers.device import DeviceImages
from workers.evaluate import Reporter, build_seeded, evaluate_child
from workers.job import EpochMetrics, EpochReport, Job, Outcome, Recipe, Timing
from workers.saved import TrainingState, fingerprint, pack, unpack
from workers.trainer import train

SPACE, DATA = TinySpace(), tiny_data()
RECIPE = Recipe(epochs=2, batch_size=30, learning_rate=0.1, warmup_epochs=0.5)
PICTURES, VALIDATION = (
    DeviceImages.place(part, (80.0,), (60.0,), "cpu") for part in (DATA.train, DATA.validation)
)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def without_times(outcome: Outcome) -> Outcome:
    curve = tuple(replace(point, seconds=0.0) for point in outcome.curve)
    return replace(outcome, train_seconds=0.0, latency_ms=None, worker="", curve=curve)


def weights(module: nn.Module) -> torch.Tensor:
    return torch.cat([value.flatten().double() for value in module.state_dict().values()])


def forgetful_graph():
    """A network with statistics and with random numbers of its own."""
    g = GraphBuilder((1, 8, 8))
    x = g.dropout(g.relu(g.norm(g.conv(g.image, 6, kernel=3))), 0.4)
    return g.finish(g.classifier(g.relu(g.norm(g.conv(x, 8, kernel=1, stride=2))), classes=3))


def graph_of_everything():
    """Every built-in operation, one after the other where it keeps the size, and dropout between them."""
    g = GraphBuilder((1, 8, 8))
    x = g.norm(g.conv(g.image, 8, kernel=3))
    for place, name in enumerate(BUILT_IN):
        with g.scope(f"operation{place}"):
            after = OPERATIONS[name].add_to(g, x, 8, stride=1)
        x = x if after.is_zero else g.norm(g.add(x, g.dropout(after, 0.1)))
    return g.finish(g.classifier(x, classes=3))


def interrupted_anywhere(graph, recipe: Recipe, pictures: DeviceImages) -> int:
    """Trains once in one go and once behind each epoch; returns how many it went on behind, all of them alike."""
    saved: list[bytes] = []
    whole = build_seeded(graph, 1)
    curve = train(
        whole,
        pictures,
        recipe,
        seed=2,
        validation=VALIDATION,
        on_epoch=lambda _, state: saved.append(pack(state(), "mark")),
    )
    for epoch, kept in enumerate(saved, start=1):
        state, _ = unpack(kept, "mark")
        module, trained = build_module(graph), []
        resumed = train(
            module,
            pictures,
            recipe,
            seed=2,
            validation=VALIDATION,
            start=state,
            on_epoch=lambda point, _, seen=trained: seen.append(point.epoch),
        )
        assert trained == list(range(epoch + 1, recipe.epochs + 1))
        assert torch.equal(weights(module), weights(whole))
        assert resumed[:epoch] == curve[:epoch]
        assert [replace(p, seconds=0.0) for p in resumed] == [replace(p, seconds=0.0) for p in curve]
    return len(saved)


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 1},
        {"epochs": 4},
        {"flip": True, "cutout": 3},
        {"warmup_epochs": 0.0, "epochs": 3},
        {"warmup_epochs": 1.5, "epochs": 3, "crop_padding": 0},
        {"momentum": 0.0},
        {"batch_size": 17, "label_smoothing": 0.0, "gradient_clip": 1e-3},
    ],
)
def test_a_training_goes_on_bit_for_bit_behind_any_epoch(change):
    recipe = replace(RECIPE, **change)
    assert interrupted_anywhere(forgetful_graph(), recipe, PICTURES) == recipe.epochs


def test_it_does_so_with_every_operation_there_is():
    assert len(BUILT_IN) > 20
    few = DeviceImages.place(bars(16, 0), (80.0,), (60.0,), "cpu")
    assert interrupted_anywhere(graph_of_everything(), replace(RECIPE, batch_size=8), few) == 2


@pytest.mark.parametrize("forgotten", ["momentum", "generators", "weights"])
def test_each_part_of_a_state_matters(forgotten):
    """Else the tests above could not fail."""
    states: list[TrainingState] = []
    curve = train(
        build_seeded(forgetful_graph(), 1),
        PICTURES,
        RECIPE,
        seed=2,
        on_epoch=lambda _, state: states.append(state()),
    )
    fresh: list[TrainingState] = []
    train(
        build_seeded(forgetful_graph(), 3),
        PICTURES,
        replace(RECIPE, epochs=1),
        seed=4,
        on_epoch=lambda _, state: fresh.append(state()),
    )
    wrong = replace(states[0], **{forgotten: getattr(fresh[0], forgotten)})
    resumed = train(build_module(forgetful_graph()), PICTURES, RECIPE, seed=2, start=wrong)
    assert resumed[1].train_loss != curve[1].train_loss


def run(job: Job, space=SPACE, data=DATA) -> tuple[Outcome, list[EpochReport]]:
    reports: list[EpochReport] = []
    return evaluate_child(job, space, data, "cpu", reports.append), reports


def job_of(epochs: int = 3, **changes) -> Job:
    return replace(tiny_job(4, epochs=epochs), save_seconds=0.0, **changes)


KILLED = """
import os, signal, sys
from tests.workers.tiny import TinySpace, tiny_data
from tests.workers.test_saved import job_of
from workers.evaluate import evaluate_child

def report(epoch):
    with open(sys.argv[1], "wb") as file:
        file.write(epoch.saved)
    if epoch.metrics.epoch == 2:
        os.kill(os.getpid(), signal.SIGKILL)

evaluate_child(job_of(), TinySpace(), tiny_data(), "cpu", report)
"""


def test_another_process_goes_on_where_one_was_killed(tmp_path: Path):
    file = tmp_path / "saved"
    done = subprocess.run([sys.executable, "-c", KILLED, str(file)], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    outcome, reports = run(job_of(saved=file.read_bytes()))
    assert [report.metrics.epoch for report in reports] == [3]
    assert without_times(outcome) == without_times(run(job_of())[0])
    assert outcome.train_seconds == sum(point.seconds for point in outcome.curve)


def test_every_epoch_is_reported_and_the_last_one_needs_no_state():
    outcome, reports = run(job_of())
    assert tuple(report.metrics for report in reports) == outcome.curve
    assert [bool(report.saved) for report in reports] == [True, True, False]
    assert not any(report.saved for report in run(replace(job_of(), save_seconds=float("inf")))[1])


def test_reporting_and_saving_do_not_change_the_training():
    assert without_times(evaluate_child(tiny_job(4, epochs=3), SPACE, DATA, "cpu")) == without_times(
        run(job_of())[0]
    )


def damaged(saved: bytes) -> list[bytes]:
    places = [*random.Random(0).sample(range(len(saved)), 40), 0, 31, 32, 40, len(saved) - 1]
    flipped = [saved[:i] + bytes([saved[i] ^ 1]) + saved[i + 1 :] for i in places]
    return [*flipped, b"", b"\0", saved[:32], saved[:-1], saved + b"\0", saved[32:], b'{"epoch": 2}']


def test_a_damaged_state_is_none():
    mark = mark_of(job_of())
    saved = run(job_of())[1][0].saved
    assert unpack(saved, mark) is not None
    assert [unpack(kept, mark) for kept in damaged(saved)] == [None] * 52


def test_with_a_damaged_state_the_training_begins_at_the_beginning():
    saved = run(job_of())[1][1].saved
    outcome, reports = run(job_of(saved=saved[:-1]))
    assert [report.metrics.epoch for report in reports] == [1, 2, 3]
    assert without_times(outcome) == without_times(run(job_of())[0])


def mark_of(job: Job, space=SPACE, data=DATA, device: str = "cpu") -> str:
    module = build_seeded(space.network(job.architecture, data.image, 3), job.seed)
    return fingerprint(job, space, data, module, device)


class OtherSettings(TinySpace):
    @property
    def settings(self):
        return {"blocks": 2}


@pytest.mark.parametrize(
    "change",
    [
        {"job": job_of(seed=6)},
        {"job": job_of(architecture=Architecture("tiny", (1, 0)))},
        {"job": job_of(timing=Timing())},
        {"job": job_of(epochs=4)},
        {"space": OtherSettings()},
        {"data": replace(DATA, fingerprint="bars-1")},
        {"device": "cuda:0"},
    ],
)
def test_the_state_of_another_training_is_not_gone_on_from(change):
    saved = run(job_of())[1][0].saved
    other = mark_of(**{"job": job_of()} | change)
    assert other != mark_of(job_of())
    assert unpack(saved, other) is None
    if "device" not in change:
        _, reports = run(
            replace(change.get("job", job_of()), saved=saved),
            change.get("space", SPACE),
            change.get("data", DATA),
        )
        assert reports[0].metrics.epoch == 1


def test_who_does_it_and_how_often_is_saved_makes_no_other_training():
    others = [job_of(token="b"), job_of(saved=b"x"), replace(job_of(), job_id=9, save_seconds=7.0)]
    assert {mark_of(job) for job in others} == {mark_of(job_of())}


def test_a_state_that_is_too_large_is_not_handed_on(monkeypatch):
    size = len(run(job_of())[1][0].saved)
    for limit, handed_on in ((size, True), (size - 1, False), (10, False)):
        monkeypatch.setattr(evaluate, "LARGEST_SAVED_BYTES", limit)
        assert bool(run(job_of())[1][0].saved) == handed_on


def test_a_state_is_saved_when_enough_is_unsaved():
    """Epochs of 3 s, saved after 5 s: after the second, after the fourth, and not after the last."""
    reports: list[EpochReport] = []
    job = replace(tiny_job(1, epochs=6), save_seconds=5.0)
    state = TrainingState((), {}, {}, {})
    reporter = Reporter(job, reports.append, lambda given: b"state" if given is state else b"")
    asked = Counter()
    for epoch in range(1, 7):
        point = EpochMetrics(epoch, 1.0, 1.0, 0.5, 3.0)
        reporter(point, lambda epoch=epoch: (asked.update([epoch]), state)[1])
    assert [report.metrics.epoch for report in reports if report.saved == b"state"] == [2, 4]
    assert asked == {2: 1, 4: 1}  # a copy of all weights is not made for nothing


def test_a_child_that_goes_on_is_not_timed_again(monkeypatch):
    timed, reports = run(job_of(timing=Timing()))
    assert timed.latency_ms is not None
    monkeypatch.setattr(evaluate, "measure_latency", lambda *_: pytest.fail("was timed again"))
    again, _ = run(job_of(timing=Timing(), saved=reports[0].saved))
    assert again.latency_ms == timed.latency_ms
    assert without_times(again) == without_times(timed)


def test_a_state_holds_numbers_and_json_and_runs_nothing():
    saved = run(job_of())[1][0].saved
    assert saved[:32] == hashlib.sha256(saved[32:]).digest()
    state, latency_ms = unpack(saved, mark_of(job_of()))
    assert latency_ms is None
    assert {tensor.device.type for part in state.parts().values() for tensor in part.values()} == {"cpu"}
    assert state.bytes < len(saved) < state.bytes + 4_000
    assert saved[40:41] == b"{"  # the header of safetensors
