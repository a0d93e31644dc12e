"""What becomes of the attempts at trials: recorded, tried again, given up or thrown away."""

from collections.abc import Callable
from contextlib import suppress

from nas.errors import TrialStateError
from nas.rewards import Judge
from nas.search.attempts import Attempts
from nas.search.idle import Idle
from nas.search.progress import EventKind
from nas.search.queue import Queue
from nas.search.reports import Reports
from nas.search.standing import Standing
from nas.search.streaks import Streaks
from nas.search.texts import tried_again
from nas.search.voice import Voice
from nas.storage.contract import Storage
from nas.storage.records import Lease
from nas.trial import Trial
from workers.job import FailureKind, Outcome


class Endings:
    """Writes what an attempt came to into the database, then into all that the driver keeps count of."""

    def __init__(
        self,
        *,
        storage: Storage,
        lease: Lease,
        judge: Judge,
        attempts: Attempts,
        queue: Queue,
        standing: Standing,
        streaks: Streaks,
        reports: Reports,
        idle: Idle,
        voice: Voice,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._storage, self._lease, self._judge, self._is_stopping = storage, lease, judge, is_stopping
        self._attempts, self._queue, self._standing, self._streaks = attempts, queue, standing, streaks
        self._reports, self._idle, self._voice = reports, idle, voice

    def take(self, outcome: Outcome) -> Trial | None:
        """Records a result and returns its trial; None where that is tried again, or the result is a late one."""
        trial = self._attempts.find(outcome)
        if trial is None:
            self._throw_away(outcome)
            return None
        retry = self._attempts.retry(trial, outcome.failure, is_stopping=self._is_stopping())
        if retry is not None:
            self._try_again(trial, retry, outcome)
            return None
        finished = self._finish(outcome)
        self._ended(trial)
        self._standing.count(finished)
        self._streaks.count(finished)
        return finished

    def give_up(self, trial: Trial, reason: str) -> None:
        """Ends an attempt whose outcome is not waited for; the trial waits for the next driver."""
        self.requeue(trial, FailureKind.CANCELLED, reason)
        self._ended(trial)

    def requeue(self, trial: Trial, failure: FailureKind, error_text: str) -> Trial:
        """Has a trial that was running wait again, in the database; returns it as it then is."""
        waiting = self._storage.requeue_trial(self._lease, trial.trial_id, failure, error_text)
        self._queue.open[trial.trial_id] = waiting
        return waiting

    def _finish(self, outcome: Outcome) -> Trial:
        values = self._judge(outcome)
        return self._storage.finish_trial(
            self._lease,
            outcome.job_id,
            outcome,
            reward=values[0] if values else None,
            objectives=values if values and len(values) > 1 else (),
        )

    def _throw_away(self, outcome: Outcome) -> None:
        """Has the storage refuse the outcome of an attempt that was given up, so that it is on record."""
        with suppress(TrialStateError):  # a stale attempt, or the outcome of one that has ended once more
            self._finish(outcome)
        note = f"a late result of {outcome.worker or 'a lost worker'} is thrown away"
        self._voice.emit(EventKind.NOTED, note=note)

    def _try_again(self, trial: Trial, failure: FailureKind, outcome: Outcome) -> None:
        if failure.is_infrastructure:
            self._reports.lost(outcome.worker)
        self._reports.write_of(trial)  # the next attempt may go on from what was saved last
        self._ended(trial)
        waiting = self.requeue(trial, failure, outcome.error_text)
        self._queue.put_back(waiting)
        self._voice.emit(EventKind.REQUEUED, waiting, tried_again(failure, outcome.error_text))

    def _ended(self, trial: Trial) -> None:
        """Takes in that an attempt is over."""
        del self._attempts.running[trial.trial_id]
        self._reports.ended(trial)
        self._idle.ended(trial)
