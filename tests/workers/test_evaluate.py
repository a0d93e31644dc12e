"""From job to outcome: a good child is measured, a bad one ends as a failure of the right kind."""

import math
import pickle
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
import torch

from search_spaces.architecture import Architecture
from search_spaces.complexity import cost
from search_spaces.graph import GraphBuilder
from search_spaces.registry import build_space
from tests.workers.tiny import TinySpace, bars, tiny_data, tiny_job
from workers.data.images import LabelledImages
from workers.data.load import DataSpec, load_training
from workers.errors import ConstantError, DataError, DivergedError
from workers.evaluate import build_seeded, evaluate_child, failed_outcome
from workers.job import ERROR_TEXT_LIMIT, FailureKind

SPACE, DATA = TinySpace(), tiny_data()


@pytest.fixture(autouse=True)
def keep_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def run(job, space=SPACE, data=DATA):
    return evaluate_child(job, space, data, "cpu")


def without_times(outcome):
    return replace(outcome, train_seconds=0.0, curve=tuple(replace(p, seconds=0.0) for p in outcome.curve))


def test_a_finished_child_says_what_it_reaches_and_costs():
    outcome = run(tiny_job(7))
    price = cost(SPACE.network(tiny_job(7).architecture, DATA.image, 3))
    assert outcome.job_id == 7
    assert outcome.failure is None
    assert outcome.validation_accuracy == outcome.curve[-1].validation_accuracy
    assert outcome.validation_loss == outcome.curve[-1].validation_loss
    assert (outcome.parameters, outcome.multiply_adds) == (price.parameters, price.multiply_adds)
    assert outcome.train_seconds == sum(point.seconds for point in outcome.curve) > 0
    assert outcome.worker.endswith(":cpu")


def test_the_same_job_gives_the_same_outcome():
    assert without_times(run(tiny_job(1))) == without_times(run(tiny_job(1)))


def test_another_seed_gives_another_outcome():
    assert run(tiny_job(1, seed=1)).validation_loss != run(tiny_job(1, seed=2)).validation_loss


def test_the_job_before_does_not_matter():
    alone = without_times(run(tiny_job(1)))
    run(tiny_job(2, tokens=(0, 1)))
    assert without_times(run(tiny_job(1))) == alone


def test_other_data_are_noticed():
    run(tiny_job(1))
    correct = run(tiny_job(1), data=tiny_data(validation=7)).validation_accuracy * 7
    assert correct == pytest.approx(round(correct))


def test_the_callers_random_numbers_are_left_alone():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    run(tiny_job(1))
    assert torch.equal(torch.rand(2), expected)


def test_weights_depend_on_the_seed_alone():
    graph = SPACE.network(tiny_job(1).architecture, DATA.image, 3)
    first, again, other = (build_seeded(graph, seed).get_parameter("head.2.weight") for seed in (4, 4, 5))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_child_that_diverges():
    outcome = run(tiny_job(1, tokens=(1, 0), learning_rate=1e9, epochs=50))
    assert outcome.failure is FailureKind.DIVERGED
    assert outcome.validation_accuracy is None
    assert "lower the learning rate" in outcome.error_text
    assert outcome.worker.endswith(":cpu")


class FaultySpace(TinySpace):
    """Raises what `fault` raises when the network is asked for."""

    fault = staticmethod(lambda: None)

    def network(self, architecture, image, classes):
        self.fault()
        return super().network(architecture, image, classes)


def raising(error):
    def fault():
        raise error

    return type("Raising", (FaultySpace,), {"fault": staticmethod(fault)})()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError("no more"), FailureKind.OUT_OF_HOST_MEMORY),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), FailureKind.OUT_OF_MEMORY),
        (RuntimeError("cuBLAS: CUBLAS_STATUS_ALLOC_FAILED"), FailureKind.OUT_OF_MEMORY),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), FailureKind.OUT_OF_MEMORY),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), FailureKind.OUT_OF_HOST_MEMORY),
        (DivergedError("the loss is nan"), FailureKind.DIVERGED),
        (ConstantError("the same logits"), FailureKind.CONSTANT),
        (DataError("no pictures"), FailureKind.DATA),
        (ZeroDivisionError("by zero"), FailureKind.ERROR),
        (RuntimeError("shapes differ"), FailureKind.ERROR),
        (SystemExit(3), FailureKind.ERROR),
        (GeneratorExit(), FailureKind.ERROR),
        (RecursionError("too deep"), FailureKind.ERROR),
    ],
)
def test_what_a_child_raises_becomes_a_failure_of_its_kind(error, kind):
    outcome = run(tiny_job(1), raising(error))
    assert outcome.failure is kind
    assert type(error).__name__ in outcome.error_text
    assert "in fault" in outcome.error_text


def test_the_real_error_of_a_cpu_without_memory():
    def fault():
        torch.empty(2**52)

    outcome = run(tiny_job(1), type("Huge", (FaultySpace,), {"fault": staticmethod(fault)})())
    assert outcome.failure is FailureKind.OUT_OF_HOST_MEMORY


@pytest.mark.parametrize("length", [20_000, 10_000_000])
def test_a_long_error_keeps_its_end(length):
    outcome = run(tiny_job(1), raising(ValueError("x" * length + "the end")))
    assert len(outcome.error_text) == ERROR_TEXT_LIMIT
    assert outcome.error_text.rstrip().endswith("the end")


class SpeechlessError(RuntimeError):
    """Cannot be printed, and holds what cannot be pickled."""

    def __init__(self):
        super().__init__(threading.Lock())

    def __str__(self):
        raise SystemExit(5)


class UnprintableError(SyntaxError):
    """Has attributes that `traceback` does not expect."""

    def __init__(self):
        super().__init__("bad")
        self.filename, self.lineno, self.text = "file", 1, 5


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (SpeechlessError(), "SpeechlessError: <exception str() failed>"),
        (UnprintableError(), "UnprintableError"),
        (ValueError("\0a\0 \ud800"), r"\0a\0 \ud800"),
        (ValueError("\0" * 8_000), r"\0\0"),
        (ValueError("\ud800" * 8_000), r"\ud800\ud800"),
    ],
)
def test_whatever_an_error_is_made_of_the_outcome_is_plain_text(error, told):
    outcome = run(tiny_job(1), raising(error))
    assert outcome.failure is FailureKind.ERROR
    assert told in outcome.error_text
    assert "\0" not in outcome.error_text
    assert len(outcome.error_text.encode()) <= ERROR_TEXT_LIMIT
    assert pickle.loads(pickle.dumps(outcome)) == outcome  # noqa: S301 - written on this line


def test_an_interrupt_is_no_fault_of_the_child():
    """Where one is, the worker says so: it knows whether it was interrupted."""
    with pytest.raises(KeyboardInterrupt):
        run(tiny_job(1), raising(KeyboardInterrupt()))
    assert failed_outcome(tiny_job(1), KeyboardInterrupt(), "w").failure is FailureKind.ERROR


class DisconnectedSpace(TinySpace):
    """The answer depends on nothing that the picture shows."""

    def network(self, architecture, image, classes):
        g = GraphBuilder(image)
        return g.finish(g.classifier(g.zero((4, 8, 8)), classes=classes))


def test_a_child_that_answers_every_picture_alike():
    outcome = run(tiny_job(1), DisconnectedSpace())
    assert outcome.failure is FailureKind.CONSTANT
    assert outcome.validation_accuracy is None
    assert "got the same logits for all 60 pictures" in outcome.error_text


def test_a_cell_of_nothing_is_constant_and_not_merely_bad():
    data = load_training(DataSpec("digits", max_train_images=60, max_validation_images=61))
    space = build_space("nasbench201")
    job = replace(tiny_job(1, epochs=1), architecture=Architecture("nasbench201", (0,) * 6))
    outcome = run(job, space, data)
    assert outcome.failure is FailureKind.CONSTANT, outcome.error_text


@pytest.mark.parametrize(("train", "validation"), [(1, 9), (0, 9), (9, 0)])
def test_too_few_pictures_are_the_datas_fault(train, validation):
    outcome = run(tiny_job(1), data=tiny_data(train, validation))
    assert outcome.failure is FailureKind.DATA
    assert "keep more of them" in outcome.error_text


class Unreadable:
    """Pictures on a disk that has gone."""

    shape = (6, 1, 8, 8)

    def __len__(self):
        raise OSError(5, "Input/output error", "pictures.bin")


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (
            LabelledImages(Unreadable(), bars(6, 0).labels),
            "OSError: [Errno 5] Input/output error: 'pictures.bin'",
        ),
        (
            LabelledImages(bars(6, 0).images.astype("U1"), bars(6, 0).labels),
            "TypeError: can't convert np.ndarray",
        ),
        (
            LabelledImages(bars(6, 0).images, bars(6, 0).labels + 1),
            "a label from 0 to 2 for each of 6 pictures",
        ),
        (LabelledImages(bars(6, 0).images, bars(6, 0).labels - 1), "got 6 labels from -1 to 1"),
        (LabelledImages(bars(6, 0).images, bars(5, 0).labels), "got 5 labels"),
    ],
)
@pytest.mark.parametrize("place", ["train", "validation"])
def test_pictures_that_cannot_be_read_are_the_datas_fault(part, told, place):
    outcome = run(tiny_job(1), data=replace(DATA, **{place: part}))
    assert outcome.failure is FailureKind.DATA
    assert told in outcome.error_text
    assert {"train": "training part", "validation": "validation part"}[place] in outcome.error_text


def test_a_child_takes_one_thread():
    torch.set_num_threads(2)
    run(tiny_job(1))
    assert torch.get_num_threads() == 1


def test_every_measure_is_finite():
    outcome = run(tiny_job(1))
    assert all(
        map(math.isfinite, (outcome.validation_accuracy, outcome.validation_loss, outcome.train_seconds))
    )
    assert outcome.error_text == ""


def test_large_pictures_train_on_a_cpu_without_taking_the_process_down():
    """Channels-last would end it: see `DeviceImages.memory_format`. In a process of its own, as it may die."""
    program = (
        "import random\n"
        "from search_spaces.registry import build_space\n"
        "from workers.data.load import DataSpec, load_training\n"
        "from workers.evaluate import evaluate_child\n"
        "from workers.job import Job, Recipe\n"
        "space = build_space('cell', blocks=2, cells_per_stage=1, filters=4)\n"
        "data = load_training(DataSpec('digits', size=(64, 64), max_train_images=24, max_validation_images=20))\n"
        "for seed in range(3):\n"
        "    architecture = space.random(random.Random(seed))\n"
        "    outcome = evaluate_child(Job(seed, architecture, Recipe(epochs=2), seed), space, data, 'cpu')\n"
        "    assert outcome.failure is None, outcome.error_text\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
