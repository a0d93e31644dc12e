"""Writes whole lives of trials into a search, as its driver does, and keeps the time of each step."""

from contextlib import AbstractContextManager

from nas.bench import lives
from nas.bench.bulk import EPOCHS, UPDATE_EVERY
from nas.bench.cores import Watch
from nas.bench.filling import STATE_BYTES, Filled
from nas.storage.contract import Storage
from nas.storage.records import TrialProgress
from nas.trial import Feedback, PolicyUpdate, SavedTraining, Trial

SAVE_EVERY, CHECKPOINT_EVERY = 10, 20


class Lives:
    """Times of the steps of trials, in seconds; every step is one transaction or, as reports of epochs, several."""

    def __init__(self, storage: Storage, filled: Filled, watch: Watch) -> None:
        self._storage, self._filled, self._lease, self._watch = storage, filled, filled.lease, watch
        self._version = filled.told // UPDATE_EVERY
        self.times: dict[str, list[float]] = {}
        """Step -> seconds of each time that it was taken."""

    def live(self, count: int) -> float:
        """Runs so many trials, one after the other, from the ask to the tell; returns how many a second."""
        taken: list[float] = []
        for turn in range(count):
            with self._watch.timed(taken.append):
                self._live_one(turn)
        return count / sum(taken)

    def _live_one(self, turn: int) -> None:
        new = lives.new_trial(next(self._filled.names))
        with self._timed("ask"):
            (asked,) = self._storage.add_trials(self._lease, [new])
        with self._timed("start"):
            trial = self._storage.start_trial(self._lease, asked.trial_id, lives.token(asked))
        self._report(trial, has_saved=turn % SAVE_EVERY == 0)
        outcome = lives.outcome(trial)
        with self._timed("finish"):
            self._storage.finish_trial(self._lease, trial.trial_id, outcome, outcome.validation_accuracy)
        feedback = Feedback((0.5,), self._updates(turn, trial))
        with self._timed("tell"):
            self._storage.record_tell(self._lease, [trial.trial_id], feedback)
        if turn % CHECKPOINT_EVERY == 0:
            with self._timed("checkpoint of 1 MiB"):
                self._storage.save_checkpoint(self._lease, bytes(STATE_BYTES))

    def _report(self, trial: Trial, *, has_saved: bool) -> None:
        """Tells of half the epochs of a trial, as a driver does that writes every few seconds."""
        heard = TrialProgress(trial.trial_id, trial.token, lives.worker_name(0), lives.epochs(EPOCHS // 2))
        with self._timed("report"):
            self._storage.record_progress(self._lease, [heard], [lives.worker(0, trial)])
        if has_saved:
            saved = SavedTraining(EPOCHS // 2, bytes(STATE_BYTES))
            heard = TrialProgress(trial.trial_id, trial.token, lives.worker_name(0), (), saved)
            with self._timed("report with 1 MiB saved"):
                self._storage.record_progress(self._lease, [heard])

    def _updates(self, turn: int, trial: Trial) -> tuple[PolicyUpdate, ...]:
        if turn % UPDATE_EVERY:
            return ()
        self._version += 1
        return (
            lives.policy_update(
                self._version, tuple(range(trial.number - UPDATE_EVERY + 1, trial.number + 1))
            ),
        )

    def _timed(self, step: str) -> AbstractContextManager[None]:
        return self._watch.timed(self.times.setdefault(step, []).append)
