"""What a driver writes of a trial that nobody trains, as large as what it writes of one that is trained."""

import hashlib
from random import Random

from nas.bench.bulk import EPOCHS, SPACE
from nas.storage.records import WorkerRecord
from nas.trial import NewTrial, PolicyUpdate, Proposal, Trial
from search_spaces.registry import build_space
from workers.job import EpochMetrics, FailureKind, Outcome

_SPACE = build_space(SPACE)


def new_trial(name: int) -> NewTrial:
    """Returns a proposal that no other `name` has."""
    random = Random(name)
    proposal = Proposal(
        _SPACE.random(random),
        -41.23456789,
        name // 10,
        decision_log_probabilities=tuple(-random.random() for _ in _SPACE.decisions),
    )
    return NewTrial(proposal, hashlib.sha256(str(name).encode()).hexdigest()[:32], name)


def token(trial: Trial) -> str:
    """Returns the name of the next attempt at a trial."""
    return f"{trial.trial_id:016x}{trial.attempts + 1:016x}"


def epochs(last: int) -> tuple[EpochMetrics, ...]:
    """Returns a learning curve up to an epoch."""
    return tuple(EpochMetrics(n, 2.2 / n, 2.1 / n, 1 - 0.9 / n, 3.3333333333 / n) for n in range(1, last + 1))


def worker_name(place: int) -> str:
    """Returns what a worker is called: host, process and device."""
    return f"host7:{4210 + place}:cuda:{place}"


def worker(place: int, trial: Trial) -> WorkerRecord:
    """Returns how a worker is that trains `trial`."""
    beat = (trial.started_at or 0.0) + 1.0
    return WorkerRecord(worker_name(place), "node", trial.number, 2 << 30, 6 << 30, beat - 100.0, beat)


def outcome(trial: Trial) -> Outcome:
    """Returns a result of the running attempt: an accuracy for most, a failure for every 16th."""
    if trial.number % 16 == 5:
        return Outcome(
            trial.trial_id, failure=FailureKind.DIVERGED, error_text="loss is nan", token=trial.token
        )
    return Outcome(
        trial.trial_id,
        (5000 + trial.number * 7919 % 4500) / 10_000,
        1 / 3,
        1_234_567,
        123_456_789,
        23.456789,
        epochs(EPOCHS),
        worker=worker_name(0),
        token=trial.token,
    )


def policy_update(version: int, trials: tuple[int, ...]) -> PolicyUpdate:
    """Returns an update of the policy that learnt from those trials."""
    numbers = tuple(0.1234567890123 + number % 7 for number in trials)
    return PolicyUpdate(
        version,
        trials,
        *(numbers, numbers, numbers, numbers, numbers, numbers),
        loss=-0.123456789,
        entropy=41.23456789,
        gradient_norm=1.23456789,
        kl=0.00123456789,
        staleness=tuple(number % 9 for number in trials),
    )
