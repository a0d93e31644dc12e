"""Records to store. Numbers are chosen to be inexact in decimal, so that a round trip through text would show."""

import math
from dataclasses import replace

from nas.storage.contract import Storage
from nas.storage.records import (
    ExportRecord,
    Lease,
    NewSearch,
    SearchRecord,
    TrainingRecord,
    TrialProgress,
    WorkerRecord,
)
from nas.trial import Feedback, NewTrial, PolicyUpdate, Proposal, SavedTraining, Trial
from search_spaces.architecture import Architecture
from workers.job import EpochMetrics, FailureKind, Outcome

SEARCH = NewSearch(
    name="cifar-a",
    config={
        "recipe": {"learning_rate": 0.1 + 0.2, "epochs": 3},
        "b": [1, 2.5, None, True],
        "a": "ü \ud800 \0",
    },
    space="cell",
    strategy="reinforce",
    dataset="digits",
    dataset_fingerprint="f" * 64,
    image=(3, 32, 40),
    classes=10,
    seed=2**31 - 1,
    trial_budget=40,
    time_budget_seconds=math.pi,
    space_fingerprint="e" * 64,
)
CURVE = (
    EpochMetrics(1, 2.3025, 1 / 3, 0.1, 1e-3),
    EpochMetrics(2, 5e-324, 1.7976931348623157e308, 0.7, 2 / 3),
)
UPDATE = PolicyUpdate(
    1, (0,), (0.9,), (0.1 + 0.2,), (0.6,), (-12.5,), (-12.25,), (1.25,), 7.1, 3.3, 0.01, 0.02, (3,), 32
)
TRAINING = TrainingRecord(
    number=0,
    seed=5,
    recipe={"epochs": 40, "learning_rate": 1 / 3},
    test_correct=350,
    test_total=360,
    train_images=1437,
    train_seconds=12.25,
    parameters=2**40,
    multiply_adds=2**62,
    device="cuda:0",
    versions={"torch": "2.13.0", "nas": "0.1.0"},
    weights=bytes(range(256)) * 100,
)
EXPORT = ExportRecord(0, "/home/me/out\udcff")


def new_trial(number: int = 0) -> NewTrial:
    proposal = Proposal(
        Architecture("cell", (number, 3, 1)),
        -1 / 3,
        number,
        decision_log_probabilities=(-0.1, -0.2, -1 / 3 + 0.3),
    )
    return NewTrial(proposal, f"key{number}", 2**31 - 1)


def completed(trial: Trial, accuracy: float = 0.9) -> Outcome:
    return Outcome(
        trial.trial_id,
        accuracy,
        1 / 3,
        1_000,
        2**40,
        1.5,
        CURVE,
        worker="host7:42:cpu",
        token=trial.token,
    )


def failed(trial: Trial, kind: FailureKind = FailureKind.DIVERGED) -> Outcome:
    return Outcome(
        trial.trial_id, failure=kind, error_text="loss is NaN", train_seconds=0.5, token=trial.token
    )


def start(storage: Storage, lease: Lease, trial: Trial) -> Trial:
    """Starts a trial under a token of its own."""
    return storage.start_trial(lease, trial.trial_id, f"{trial.trial_id}.{trial.attempts + 1}")


def begin_trial(storage: Storage, lease: Lease, number: int = 0) -> Trial:
    """A trial in training."""
    return start(storage, lease, storage.add_trials(lease, [new_trial(number)])[0])


def begin(storage: Storage, name: str = SEARCH.name) -> tuple[SearchRecord, Lease]:
    search = storage.create_search(replace(SEARCH, name=name))
    return search, storage.acquire(search.search_id, "host7:1:1", seconds=30)


def run_trial(storage: Storage, lease: Lease, accuracy: float | None, *, number: int = 0) -> Trial:
    """One trial's life up to its end, completed or, without an accuracy, failed."""
    trial = begin_trial(storage, lease, number)
    outcome = failed(trial) if accuracy is None else completed(trial, accuracy)
    return storage.finish_trial(lease, trial.trial_id, outcome, accuracy)


def live(storage: Storage, lease: Lease, number: int, version: int | None = None) -> Trial:
    """One trial's whole life, with an update of the policy; of every third one with a worker that was lost."""
    accuracy = (number * 7 % 10) / 10
    trial = begin_trial(storage, lease, number)
    if number % 3 == 2:
        trial = start(storage, lease, lose_worker(storage, lease, trial))
    trial = storage.finish_trial(lease, trial.trial_id, completed(trial, accuracy), accuracy)
    update = replace(UPDATE, version=version or trial.number + 1, trials=(trial.number,))
    storage.record_tell(lease, [trial.trial_id], Feedback((0.5,), (update,)))
    return trial


def lose_worker(storage: Storage, lease: Lease, trial: Trial) -> Trial:
    """The worker of a running trial reports its epochs, and a state after the first one, and is gone."""
    worker = WorkerRecord("host7:41:cpu", number=trial.number)
    saved = SavedTraining(1, b"state")
    progress = TrialProgress(trial.trial_id, trial.token, worker.worker, CURVE, saved)
    storage.record_progress(lease, [progress], [worker])
    return storage.requeue_trial(lease, trial.trial_id, FailureKind.WORKER_LOST)
