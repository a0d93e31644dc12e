"""One search on a problem: the strategy in the wrappers of a real search, workers on a simulated clock, no database.

The loop is that of `nas.search`: a free worker gets the next proposal at once, the strategy is told of one training at
a time, and of what is still in work. Trainings that end together are told one after the other, then as many are asked.
"""

from dataclasses import replace

from nas.bench.incumbent import Incumbent
from nas.bench.orchestration import Timed
from nas.bench.problem import Problem, Training
from nas.bench.trace import Step, Trace, trace_of
from nas.strategies.base import Strategy
from nas.strategies.wrapped import wrapped
from nas.trial import Proposal, Trial, TrialState
from search_spaces.architecture import Architecture
from workers.job import FailureKind, Job, Outcome, Recipe
from workers.simulated_pool import Measured, SimulatedPool

RECIPE = Recipe()


def simulate(
    problem: Problem,
    strategy: Strategy,
    *,
    trials: int,
    workers: int,
    in_batches: bool = False,
    repeats: int = 1,
) -> Trace:
    """Runs a search of so many trials on `problem` and returns its trace.

    `in_batches` lets all trainings take equally long, so that the workers finish together. Each architecture is trained
    `repeats` times, and these count among the trials.
    """
    whole = wrapped(
        strategy,
        problem.canonical_key,
        is_feasible=problem.is_feasible,
        infeasible="did not belong to the benchmark",
        repeats=repeats,
        space=problem.space,
    )
    return _Search(problem, Timed(whole), trials, workers, in_batches, Incumbent(repeats)).run()


class _Search:
    """The loop and its state."""

    def __init__(
        self,
        problem: Problem,
        strategy: Timed,
        trials: int,
        workers: int,
        in_batches: bool,
        incumbent: Incumbent,
    ) -> None:
        self._problem, self._strategy, self._trials, self._in_batches = problem, strategy, trials, in_batches
        self._pool = SimulatedPool(problem.space, self._measure, workers)
        self._open: dict[int, Trial] = {}  # asked and not yet told
        self._trainings: dict[int, Training] = {}
        self._asked = 0
        self._exhausted = False
        self._steps: list[Step] = []
        self._compute = 0.0
        self._incumbent = incumbent
        self._chosen: tuple[Architecture, float] | None = None  # and its score

    def run(self) -> Trace:
        """Returns the trace once the budget is used up or there is nothing left to propose."""
        with self._pool:
            while self._ask():
                for outcome in self._pool.wait():
                    self._tell(outcome)
        return trace_of(self._steps, self._strategy.ending if self._exhausted else "")

    def _ask(self) -> bool:
        """Fills the free workers and returns whether any is at work."""
        count = min(self._pool.slots - len(self._open), self._trials - self._asked)
        if count > 0 and not self._exhausted:
            proposals = self._strategy.ask(count)
            self._exhausted = len(proposals) < count
            for proposal in proposals:
                self._submit(proposal)
        return bool(self._open)

    def _submit(self, proposal: Proposal) -> None:
        number = self._asked
        self._asked += 1
        self._trainings[number] = self._problem.train(proposal.architecture, proposal.repeat)
        self._open[number] = _trial(number, proposal, self._problem.canonical_key(proposal.architecture))
        self._pool.submit(Job(number, proposal.architecture, RECIPE, proposal.repeat))

    def _measure(self, job: Job) -> Measured:
        training = self._trainings[job.job_id]
        seconds = 1.0 if self._in_batches else training.seconds
        return (FailureKind.DIVERGED if training.value is None else training.value), seconds

    def _tell(self, outcome: Outcome) -> None:
        trial = _finished(self._open.pop(outcome.job_id), outcome)
        self._strategy.tell([trial], [self._open[number] for number in sorted(self._open)])
        self._compute += self._trainings.pop(outcome.job_id).compute / self._problem.mean_compute
        score = self._score(trial)
        step = Step(self._pool.now(), self._compute, trial.reward, score, self._strategy.seconds)
        self._steps.append(step)

    def _score(self, trial: Trial) -> float | None:
        """Returns the score of the best so far, this trial included."""
        best = self._incumbent.take(trial)
        if not best:
            return None
        architecture = best[0].architecture
        if self._chosen is None or self._chosen[0] != architecture:
            self._chosen = architecture, self._problem.score(architecture)
        return self._chosen[1]


def _trial(number: int, proposal: Proposal, canonical_key: str) -> Trial:
    """Returns the record of a proposal in work, as a search keeps it."""
    return Trial(
        trial_id=number,
        search_id=0,
        number=number,
        architecture=proposal.architecture,
        canonical_key=canonical_key,
        seed=proposal.repeat,
        state=TrialState.RUNNING,
        asked_event=number,
        log_probability=proposal.log_probability,
        policy_version=proposal.policy_version,
        repeat=proposal.repeat,
        decision_log_probabilities=proposal.decision_log_probabilities,
        parent=proposal.parent,
    )


def _finished(trial: Trial, outcome: Outcome) -> Trial:
    return replace(
        trial,
        state=TrialState.FAILED if outcome.failure else TrialState.COMPLETED,
        reward=outcome.validation_accuracy,
        validation_accuracy=outcome.validation_accuracy,
        train_seconds=outcome.train_seconds,
        failure=outcome.failure,
        error_text=outcome.error_text,
    )
