"""The loop of a search: ask for architectures, submit them, wait, record what became of them, tell the strategy.

Asynchronous by construction: a free worker gets the next proposal at once, whatever the others do. After every step the
database knows all that happened, so a search that is killed anywhere goes on from there:

    ask     -> the trials are in the database before any of them is submitted
    start   -> the attempt is in the database, with its token, before a worker hears of it
    finish  -> the outcome is in the database before the strategy hears of it
    tell    -> baselines and policy updates, in the order in which the strategy was told
    act     -> what people ask for: a trial that they add is an event of its own, as an ask is
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

from nas.errors import SearchFailedError, StorageError, TrialStateError
from nas.rewards import Judge
from nas.search.acting import Acting
from nas.search.added import Additions, ObjectsTo
from nas.search.asking import Asking
from nas.search.attempts import Attempts, new_token
from nas.search.background import Background, Task
from nas.search.checkpoints import Checkpoints
from nas.search.conduct import STANDARD, Conduct
from nas.search.endings import Endings
from nas.search.idle import HISTORY, Idle
from nas.search.progress import EventKind, SearchEvent
from nas.search.queue import Queue
from nas.search.replay import replay
from nas.search.reports import Reports
from nas.search.seeds import training_seed
from nas.search.standing import Standing
from nas.search.streaks import Streaks
from nas.search.texts import damaged, resumed, too_many_failures, why_exhausted
from nas.search.voice import Voice
from nas.search.wait import Wait
from nas.storage.contract import Storage
from nas.storage.records import Lease, SearchRecord, SearchState
from nas.strategies.base import Strategy
from nas.trial import NewTrial, Proposal, Trial, TrialState
from search_spaces.space import Space
from workers.job import FailureKind, Outcome, Recipe, Timing
from workers.points import reach
from workers.pool import Beat, Pool

TICK_SECONDS = 0.5
"""How long a request to stop may go unnoticed, and that there is something to say."""

ACCURACY_ALONE = Judge()


class Search:
    """Drives one search until its budget is spent, its space is exhausted, or it is asked to stop.

    The caller owns storage and pool and closes both. `watch` is called with every `SearchEvent`, on this thread; `say`
    with what is waited for, on any thread.
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
        say: Callable[[str], None] = lambda _: None,
        judge: Judge = ACCURACY_ALONE,
        objects_to: ObjectsTo = lambda _: "",
        timing: Timing | None = None,
        conduct: Conduct = STANDARD,
    ) -> None:
        self._storage, self._lease, self._record = storage, lease, record
        self._space, self._strategy, self._pool, self._recipe = space, strategy, pool, recipe
        self._timing, self._conduct = timing, conduct
        self._queue, self._attempts = Queue(), Attempts(storage)
        self._standing, self._streaks = Standing(record), Streaks()
        self._running = self._attempts.running
        self._reports = Reports(storage, lease, self._running, conduct.write)
        self._idle = Idle(say, recipe.epochs, is_held=lambda: self._standing.is_held)
        self._voice = Voice(storage, lease, self._standing, self._running, self._idle, watch)
        self._endings = Endings(
            storage=storage,
            lease=lease,
            judge=judge,
            attempts=self._attempts,
            queue=self._queue,
            standing=self._standing,
            streaks=self._streaks,
            reports=self._reports,
            idle=self._idle,
            voice=self._voice,
            is_stopping=lambda: self._wait.is_stopping,
        )
        self._additions = Additions(storage, record, space, objects_to)
        self._acting = self._new_acting()
        self._wait = Wait(pool, conduct.grace, self._hear, say)
        self._background = Background(
            Task(conduct.lease / 3, lambda: storage.renew(lease, seconds=conduct.lease)),
            Task(TICK_SECONDS, self._idle.look),
        )
        self._checkpoints = Checkpoints(storage, lease, strategy)
        self._asking = Asking(storage, record, strategy, self._queue.open)
        self._is_in_step = True  # with the events: the state of the strategy is that which they lead to
        self.given_up = 0
        """Children that were in training when the search was stopped."""

    def _new_acting(self) -> Acting:
        return Acting(
            storage=self._storage,
            lease=self._lease,
            standing=self._standing,
            pool=self._pool,
            additions=self._additions,
            stop=self.stop,
            is_stopping=lambda: self._wait.is_stopping,
            take_up=self._add,
            note=self._voice.note,
        )

    def stop(self) -> None:
        """Asks the loop to end soon; safe to call from a signal handler of the thread that runs it."""
        self._wait.stop()

    def run(self) -> SearchState:
        """Runs to the end and returns the state the search is left in.

        Raises `SearchFailedError` when child after child fails, `SearchBusyError` when another driver has taken over.
        Whatever is raised, children in training are given up; their trials wait again and the lease is given back
        unless it is the database that failed.
        """
        try:
            with self._background:
                self._resume()
                self._loop()
        except BaseException as error:
            self._give_up(error)
            raise
        state = SearchState.PAUSED if self._wait.is_stopping else SearchState.COMPLETED
        self._end(state)
        return state

    def _loop(self) -> None:
        while not self._wait.is_over:
            goes_on = not self._wait.is_stopping and not self._standing.is_held
            if goes_on:
                self._ask()
            has_set_aside = goes_on and self._submit()
            if self._running:
                self._record_outcomes(self._wait.outcomes(TICK_SECONDS))
            elif self._standing.is_held and not self._wait.is_stopping:
                self._wait.rest(TICK_SECONDS)
            elif not has_set_aside and not self._acting.is_wanted():
                return
            self._look_around()
        if self._running and not self._pool.blocking:
            self._record_outcomes(self._wait.outcomes(0.0))  # what finished meanwhile is not trained again

    # Taking up

    def _resume(self) -> None:
        self._acting.begin()
        with self._idle.busy_with(HISTORY):
            found = replay(self._storage, self._record, self._strategy)
        trials = found.trials
        self._standing.restore(trials)
        self._additions.count(trials)
        self._streaks.restore(trials)
        self._attempts.restore(self._record.search_id)
        self._queue.restore(trials)
        lost = [trial for trial in self._queue.open.values() if trial.state is TrialState.RUNNING]
        for trial in lost:
            self._endings.requeue(trial, FailureKind.CANCELLED, "lost with the driver of the search")
        for trial in sorted(
            self._queue.open.values(), key=lambda trial: (trial.finished_at or 0.0, trial.number)
        ):
            if trial.state.is_final:
                self._tell(trial)
        self._queue.line_up()
        if found.damaged:
            self._voice.note(damaged(found.damaged, found.reached))
        if trials:
            note = resumed(self._record, self._standing.to_go, len(lost), found.differing)
            self._voice.emit(EventKind.RESUMED, note=note)

    # One turn

    def _ask(self) -> None:
        count = self._pool.slots - len(self._running) - len(self._queue)
        if self._standing.to_create is not None:
            count = min(count, self._standing.to_create)
        if count <= 0 or self._is_exhausted or self._standing.is_out_of_time:
            return
        with self._idle.busy_with("the strategy's next proposals"):
            proposals = self._asking.ask(count)
        if proposals:
            trials = self._storage.add_trials(self._lease, [self._new_trial(p) for p in proposals])
            self._take_up(trials)

    def _take_up(self, trials: Sequence[Trial]) -> None:
        self._standing.count_created(trials)
        self._additions.count(trials)
        self._queue.create(trials)

    def _add(self, trial: Trial) -> None:
        self._strategy.add([trial])
        self._take_up([trial])

    @property
    def _is_exhausted(self) -> bool:
        return self._streaks.all_too_slow or self._asking.is_in_vain

    def _new_trial(self, proposal: Proposal) -> NewTrial:
        key = self._space.canonical_key(proposal.architecture)
        return NewTrial(proposal, key, training_seed(self._record.seed, key, proposal.repeat))

    def _submit(self) -> bool:
        """Gives workers that are free what waits; returns whether something was set aside instead."""
        has_set_aside = False
        while self._queue and len(self._running) < self._pool.slots:
            trial = self._queue.next()
            started = self._storage.start_trial(self._lease, trial.trial_id, new_token())
            self._running[trial.trial_id] = started
            if self._attempts.is_poison(started):
                self._record_outcomes([self._attempts.poisoned(started)])
                has_set_aside = True
                continue
            self._pool.submit(self._attempts.job(started, self._recipe, self._timing, self._conduct.save))
            reach("submit.after")
            self._idle.started(started)
            self._voice.emit(EventKind.STARTED, started)
        return has_set_aside

    def _hear(self, beat: Beat) -> None:
        self._reports.hear(beat)
        self._idle.hear(beat)
        if self._pool.blocking:  # the loop does not get to it before the child is trained
            self._look_around()

    def _look_around(self) -> None:
        self._background.check()
        self._reports.write_due()
        self._acting.look()

    # What became of children

    def _record_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        finished = [trial for outcome in outcomes if (trial := self._endings.take(outcome))]
        for trial in finished:
            self._tell(trial)
            self._voice.emit(EventKind.FINISHED, trial)
        if self._streaks.too_many_failures:
            raise too_many_failures(self._record.name, self._streaks.failures, self._timing)

    def _tell(self, trial: Trial) -> None:
        running = self._queue.told(trial)
        with self._idle.busy_with("what the strategy makes of a result"):
            feedback = self._strategy.tell([trial], running)
        self._storage.record_tell(self._lease, [trial.trial_id], feedback)
        if feedback.updates:
            self._standing.entropy = feedback.updates[-1].entropy
        self._checkpoints.told()

    # Ending

    def _give_up(self, error: BaseException) -> None:
        """Leaves the search so that it can be resumed; what dies with the database is found by the next driver."""
        if isinstance(error, StorageError) and not isinstance(error, TrialStateError):
            return  # it has been waited for as long as was allowed, or another driver has taken over
        failed = isinstance(error, SearchFailedError)
        self._is_in_step = failed  # any other error may have come in the midst of what the strategy does
        with suppress(StorageError):  # the error on its way out says more than a second one would
            self._end(SearchState.FAILED if failed else SearchState.PAUSED, str(error))

    def _end(self, state: SearchState, error_text: str = "") -> None:
        self.given_up = len(self._running)
        self._reports.close()  # first: it may hold what a child was saved at
        for trial in list(self._running.values()):
            self._endings.give_up(trial, "the search was stopped")
        if self._standing.created and self._is_in_step:
            self._checkpoints.save()
        self._acting.end()
        architectures = self._standing.architectures
        note = why_exhausted(self._asking.ending, architectures, self._streaks)
        self._storage.release(self._lease, state, error_text or note)
        self._voice.emit(EventKind.ENDED, note=note)
