"""The trials in training: which attempt at each is the one that counts, what is tried again, and what is set aside.

Every start has a token of its own. An outcome with another one comes from an attempt that was given up, and does not
count. Failures of the machinery and the child's own are counted apart, `FailureKind.retries` says how many of either
are forgiven. An architecture that has ended more workers than that, in all its repeats together, is poison: no worker
is given it again, unless somebody wants it retried: then its own losses are what counts.
"""

import secrets
from collections import Counter

from nas.storage.contract import Storage
from nas.trial import Origin, Trial
from workers.job import RETRIES, FailureKind, Job, Outcome, Recipe, Timing

LOSSES = RETRIES[FailureKind.WORKER_LOST]
"""So many workers may be lost with one architecture."""


class Attempts:
    """Keeps the running trials, by id, and counts the workers that were lost with each architecture."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.running: dict[int, Trial] = {}
        self._lost: Counter[str] = Counter()  # canonical key -> workers

    def restore(self, search_id: int) -> None:
        """Counts the workers that were lost before the search was stopped."""
        lost = self._storage.lost_workers(search_id)
        self._lost = Counter({key: min(workers, LOSSES + 1) for key, workers in lost.items()})

    def job(self, trial: Trial, recipe: Recipe, timing: Timing | None, save_seconds: float) -> Job:
        """Returns the job of a trial that was started, with the state that an earlier attempt has saved."""
        saved = self._storage.saved_training(trial.trial_id) if trial.attempts > 1 else None
        return Job(
            trial.trial_id,
            trial.architecture,
            recipe,
            trial.seed,
            timing,
            token=trial.token,
            saved=saved.state if saved else b"",
            save_seconds=save_seconds,
        )

    def find(self, outcome: Outcome) -> Trial | None:
        """Returns the trial whose present attempt this is the outcome of, None where it comes from an earlier one."""
        trial = self.running.get(outcome.job_id)
        return trial if trial is not None and trial.token == outcome.token else None

    def retry(self, trial: Trial, failure: FailureKind | None, *, is_stopping: bool) -> FailureKind | None:
        """Counts an attempt that ended so; returns as what it ended where another follows, None where none does."""
        if failure is None:
            return None
        if failure.is_infrastructure and is_stopping:  # what stops this process may stop its workers as well
            return FailureKind.CANCELLED
        if failure is FailureKind.WORKER_LOST and not self.is_poison(trial):
            self._lost[trial.canonical_key] += 1
        return failure if self._is_forgiven(trial, failure) else None

    def is_poison(self, trial: Trial) -> bool:
        """Whether too many workers were lost with the trial's architecture, and nobody wants it tried all the same."""
        return trial.origin is not Origin.RETRY and self._lost[trial.canonical_key] > LOSSES

    def _is_forgiven(self, trial: Trial, failure: FailureKind) -> bool:
        before = trial.infrastructure_failures if failure.is_infrastructure else trial.own_failures
        return before < failure.retries and not self.is_poison(trial)

    def poisoned(self, trial: Trial) -> Outcome:
        """Returns what becomes of a trial that no worker is given."""
        text = f"not trained: its architecture was in training when {self._lost[trial.canonical_key]} workers were lost"
        return Outcome(trial.trial_id, failure=FailureKind.WORKER_LOST, error_text=text, token=trial.token)


def new_token() -> str:
    """Returns the name of an attempt, which no other has."""
    return secrets.token_hex(16)
