"""The loop of a search: ask for architectures, submit them, wait, record what became of them, tell the strategy.

Asynchronous by construction: a free worker gets the next proposal at once, whatever the others do. After every step the
database knows all that happened, so a search that is killed anywhere goes on from there:

    ask     -> the trials are in the database before any of them is submitted
    finish  -> the outcome is in the database before the strategy hears of it
    tell    -> baselines and policy updates, in the order in which the strategy was told
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from math import inf

from nas.errors import SearchFailedError, StorageError
from nas.rewards import Judge
from nas.search.progress import EventKind, Progress, SearchEvent
from nas.search.replay import replay
from nas.search.streaks import Streaks
from nas.storage.contract import Storage
from nas.storage.records import Lease, SearchRecord, SearchState
from nas.strategies.base import Strategy
from nas.trial import NewTrial, Proposal, Trial, TrialState
from search_spaces.space import Space
from workers.job import Job, Outcome, Recipe, Timing
from workers.pool import Pool

LEASE_SECONDS = 30.0
BLOCKING_LEASE_SECONDS = 3600.0
"""Where a child trains within `wait`, so that the lease is not renewed before its training is over."""
RENEW_SECONDS = 10.0
TICK_SECONDS = 0.5
"""How long a request to stop may go unnoticed."""
TELLS_BETWEEN_CHECKPOINTS = 20
INFRASTRUCTURE_RETRIES = 5
"""How often a trial is started again after its worker was lost."""

ACCURACY_ALONE = Judge()


class Search:
    """Drives one search until its budget is spent, its space is exhausted, or it is asked to stop.

    The caller owns storage and pool and closes both. `watch` is called with every `SearchEvent`, on this thread.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        lease: Lease,
        record: SearchRecord,
        space: Space,
        strategy: Strategy,
        pool: Pool,
        recipe: Recipe,
        watch: Callable[[SearchEvent], None],
        judge: Judge = ACCURACY_ALONE,
        timing: Timing | None = None,
    ) -> None:
        self._storage, self._lease, self._record = storage, lease, record
        self._space, self._strategy, self._pool, self._recipe = space, strategy, pool, recipe
        self._watch, self._judge, self._timing = watch, judge, timing
        self._open: dict[int, Trial] = {}  # asked and not yet told, by trial id
        self._waiting: list[Trial] = []
        self._running: dict[int, Trial] = {}
        self._created = self._completed = self._failed = 0
        self._architectures = 0  # created, their repeats not counted
        self._streaks = Streaks()
        self._tells_since_checkpoint = 0
        self._best: Trial | None = None
        self._entropy: float | None = None
        self._stopping = self._in_wait = self._exhausted = False
        self._began = self._renewed = time.monotonic()

    def stop(self) -> None:
        """Asks the loop to end soon; safe to call from a signal handler of the thread that runs it."""
        self._stopping = True
        if self._in_wait and self._pool.blocking:
            raise KeyboardInterrupt

    def run(self) -> SearchState:
        """Runs to the end and returns the state the search is left in.

        Raises `SearchFailedError` when child after child fails. Whatever is raised, children in training are given up,
        their trials wait again, and the lease is given back.
        """
        try:
            self._resume()
            self._loop()
        except BaseException as error:
            failed = isinstance(error, SearchFailedError)
            with suppress(StorageError):  # the error on its way out says more than a second one would
                self._end(SearchState.FAILED if failed else SearchState.PAUSED, str(error))
            raise
        state = SearchState.PAUSED if self._stopping else SearchState.COMPLETED
        self._end(state)
        return state

    def _loop(self) -> None:
        while not self._stopping:
            self._ask()
            self._submit()
            if not self._running:
                return
            self._record_outcomes(self._wait())
            self._keep_lease()

    # Taking up

    def _resume(self) -> None:
        trials, differing = replay(self._storage, self._record, self._strategy)
        self._count_created(trials)
        self._streaks.restore(trials)
        for trial in trials:
            self._count(trial)
            if trial.told_event is None:
                self._open[trial.trial_id] = trial
        for trial in sorted(self._open.values(), key=lambda trial: (trial.finished_at or 0.0, trial.number)):
            if trial.state.is_final:
                self._tell(trial)
            elif trial.state is TrialState.RUNNING:
                self._storage.requeue_trial(self._lease, trial.trial_id, infrastructure_failure=False)
        self._waiting = sorted(self._open.values(), key=lambda trial: trial.number)
        if trials:
            changed = f", {differing} would now be proposed differently" if differing else ""
            self._emit(EventKind.RESUMED, note=f"{len(self._waiting)} to be trained again{changed}")

    # One turn

    def _ask(self) -> None:
        count = self._pool.slots - len(self._running) - len(self._waiting)
        if self._record.trial_budget is not None:
            count = min(count, self._record.trial_budget - self._created)
        self._exhausted = self._exhausted or self._streaks.all_too_slow
        if count <= 0 or self._exhausted or self._out_of_time():
            return
        proposals = self._strategy.ask(count)
        self._exhausted = len(proposals) < count
        if proposals:
            trials = self._storage.add_trials(self._lease, [self._new_trial(p) for p in proposals])
            self._count_created(trials)
            self._waiting.extend(trials)
            self._open.update((trial.trial_id, trial) for trial in trials)

    def _new_trial(self, proposal: Proposal) -> NewTrial:
        key = self._space.canonical_key(proposal.architecture)
        return NewTrial(proposal, key, training_seed(self._record.seed, key, proposal.repeat))

    def _submit(self) -> None:
        while self._waiting and len(self._running) < self._pool.slots:
            trial = self._waiting.pop(0)
            self._storage.start_trial(self._lease, trial.trial_id)
            job = Job(trial.trial_id, trial.architecture, self._recipe, trial.seed, self._timing)
            self._pool.submit(job)
            self._running[trial.trial_id] = replace(
                trial, state=TrialState.RUNNING, attempts=trial.attempts + 1
            )
            self._emit(EventKind.STARTED, self._running[trial.trial_id])

    def _wait(self) -> Sequence[Outcome]:
        self._in_wait = True
        try:
            return self._pool.wait(TICK_SECONDS)
        except KeyboardInterrupt:
            if not self._stopping:
                raise
            return ()
        finally:
            self._in_wait = False

    def _record_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        finished = [trial for outcome in outcomes if (trial := self._record_outcome(outcome))]
        for trial in finished:
            self._tell(trial)
            self._emit(EventKind.FINISHED, trial)
        if self._streaks.too_many_failures:
            raise self._too_many_failures(self._streaks.failures)

    def _record_outcome(self, outcome: Outcome) -> Trial | None:
        """Records a result, or puts the trial back where only its worker failed."""
        trial = self._running.pop(outcome.job_id)
        lost = outcome.failure is not None and outcome.failure.is_infrastructure
        if lost and trial.infrastructure_failures < INFRASTRUCTURE_RETRIES:
            self._storage.requeue_trial(self._lease, trial.trial_id, infrastructure_failure=True)
            waiting = replace(
                trial, state=TrialState.WAITING, infrastructure_failures=trial.infrastructure_failures + 1
            )
            self._waiting.insert(0, waiting)
            self._emit(EventKind.REQUEUED, waiting, note=_last_line(outcome.error_text))
            return None
        values = self._judge(outcome)
        finished = self._storage.finish_trial(
            self._lease,
            trial.trial_id,
            outcome,
            reward=values[0] if values else None,
            objectives=values if values and len(values) > 1 else (),
        )
        self._count(finished)
        self._streaks.count(finished)
        return finished

    def _tell(self, trial: Trial) -> None:
        del self._open[trial.trial_id]
        running = sorted(self._open.values(), key=lambda other: other.number)
        feedback = self._strategy.tell([trial], running)
        self._storage.record_tell(self._lease, [trial.trial_id], feedback)
        if feedback.updates:
            self._entropy = feedback.updates[-1].entropy
        self._tells_since_checkpoint += 1
        if self._tells_since_checkpoint >= TELLS_BETWEEN_CHECKPOINTS:
            self._save_checkpoint()

    # Book-keeping

    def _count_created(self, trials: Sequence[Trial]) -> None:
        self._created += len(trials)
        self._architectures += sum(trial.repeat == 0 for trial in trials)

    def _count(self, trial: Trial) -> None:
        self._completed += trial.state is TrialState.COMPLETED
        self._failed += trial.state is TrialState.FAILED
        if trial.reward is not None and (self._best is None or trial.values > self._best.values):
            self._best = trial

    def _too_many_failures(self, failures: Sequence[Trial]) -> SearchFailedError:
        last, name = failures[-1], self._record.name
        limited = self._timing is not None and self._timing.limit_ms < inf
        of_which = ", not counting those over the limit on latency" if limited else ""
        return SearchFailedError(
            f"search {name!r}: the last {len(failures)} trials failed{of_which}, the last with: "
            f"{_last_line(last.error_text)}; see `nas show {name} {last.number}`"
        )

    def _save_checkpoint(self) -> None:
        self._storage.save_checkpoint(self._lease, self._strategy.save())
        self._tells_since_checkpoint = 0

    def _keep_lease(self) -> None:
        if time.monotonic() - self._renewed > RENEW_SECONDS:
            self._storage.renew(self._lease, seconds=lease_seconds(self._pool))
            self._renewed = time.monotonic()

    def _end(self, state: SearchState, error_text: str = "") -> None:
        for trial_id in list(self._running):
            self._storage.requeue_trial(self._lease, trial_id, infrastructure_failure=False)
            del self._running[trial_id]
        if self._created:
            self._save_checkpoint()
        note = self._why_exhausted() if self._exhausted else ""
        self._storage.release(self._lease, state, error_text or note)
        self._emit(EventKind.ENDED, note=note)

    def _why_exhausted(self) -> str:
        too_slow = f"the last {self._streaks.slow} were over the limit on latency"
        ending = too_slow if self._streaks.all_too_slow else self._strategy.ending
        return f"space exhausted after {self._architectures} architectures: {ending}"

    def _spent_seconds(self) -> float:
        return self._record.spent_seconds + time.monotonic() - self._began

    def _out_of_time(self) -> bool:
        limit = self._record.time_budget_seconds
        return limit is not None and self._spent_seconds() >= limit

    def _emit(self, kind: EventKind, trial: Trial | None = None, note: str = "") -> None:
        progress = Progress(
            trial_budget=self._record.trial_budget,
            time_budget_seconds=self._record.time_budget_seconds,
            completed=self._completed,
            failed=self._failed,
            running=len(self._running),
            best=self._best,
            entropy=self._entropy,
            spent_seconds=self._spent_seconds(),
        )
        self._watch(SearchEvent(kind, progress, trial, note))


def lease_seconds(pool: Pool) -> float:
    """Returns how long a search on this pool must be able to do without renewing its lease."""
    return BLOCKING_LEASE_SECONDS if pool.blocking else LEASE_SECONDS


def training_seed(search_seed: int, canonical_key: str, repeat: int = 0) -> int:
    """Returns the seed of an architecture's training: equal whenever the search meets the same function graph."""
    which = f":{repeat}" if repeat else ""
    digest = hashlib.sha256(f"{search_seed}:{canonical_key}{which}".encode()).digest()
    return int.from_bytes(digest[:4]) >> 1


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no reason given"
