"""Compares strategies by real searches: the same small children, the same recipe, the same number of trainings.

Every search gets the same compute: so many trainings of so many epochs of the same pictures. Along the other axis the
searches are held side by side after as many seconds of training, whatever networks they spent them on. Scored is the
validation accuracy of the best so far, the mean of its trainings where there are several: the test part is not read.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from decimal import ROUND_DOWN, Context
from pathlib import Path
from statistics import fmean
from typing import Any

import click

from nas.bench.contestants import Contestant, reference_of
from nas.bench.incumbent import Incumbent
from nas.bench.orchestration import Timed
from nas.bench.problem import Measure
from nas.bench.report import Comparison, Subject, compare
from nas.bench.standings import marks_up_to
from nas.bench.trace import Step, Trace, trace_of
from nas.builders import Task, create_search, load_task, new_pool, new_strategy, open_search
from nas.cli.compared_searches import check_free, check_names, search_config
from nas.cli.progress import progress
from nas.config import SearchConfig
from nas.search import EventKind, SearchEvent
from nas.storage.contract import Storage
from nas.storage.open import open_storage
from nas.storage.records import SearchState
from workers.pool import Pool

COMPUTE_SHARES = (0.25, 0.5, 0.75, 1.0)
"""Where searches are compared by compute, as shares of what the one that spent least has spent."""
TWO_DIGITS = Context(prec=2, rounding=ROUND_DOWN)
MEASURE = Measure("validation accuracy, %", 2)
TIME_OVER = "the budget of time was used up"


def compare_trained(
    options: Mapping[str, Any],
    contestants: Sequence[Contestant],
    seeds: Sequence[int],
    trials: int,
    tell: Callable[[Comparison], None],
) -> None:
    """Runs a search for every strategy and seed, one after the other; `options` are those of a search.

    They are kept where the options name a database, and thrown away elsewhere. Whatever ends it, `tell` gets the seeds
    that every strategy has finished, if there are any.
    """
    check_free(options)
    with ExitStack() as stack:
        if "database" not in options:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="nas-bench-"))
            options = {**options, "database": f"sqlite:///{Path(directory) / 'nas.db'}"}
        configs = [
            [search_config(options, one, seed, trials, index) for index, one in enumerate(contestants)]
            for seed in seeds
        ]
        task = load_task(configs[0][0])
        _check(task, configs[0])
        storage = stack.enter_context(open_storage(task.config.database))
        check_names(storage, configs)
        pool = stack.enter_context(new_pool(task))
        finished: list[list[Trace]] = []  # for each seed, those of all strategies
        try:
            with progress("trainings") as report:
                runner = Runner(storage, pool, task, trials * len(seeds) * len(contestants), report)
                # One seed of all strategies, then the next: what is interrupted has compared all alike.
                for row in configs:
                    finished.append([runner.run(config) for config in row])  # noqa: PERF401  (kept, should one fail)
        finally:
            if finished:
                subject = _subject(task, contestants, tuple(seeds[: len(finished)]), trials, pool.slots)
                _say_how_far(len(finished), len(seeds))
                tell(_comparison(subject, finished))


def _say_how_far(finished: int, seeds: int) -> None:
    if finished < seeds:
        done = f"{finished} of {seeds} seeds were finished by every strategy"
        click.echo(f"ended early: {done}; those are shown", err=True)


def _comparison(subject: Subject, finished: Sequence[Sequence[Trace]]) -> Comparison:
    rows = list(zip(*finished, strict=True))
    return compare(subject, rows, marks_up_to(subject.trials), compute_marks(rows))


def compute_marks(traces: Sequence[Sequence[Trace]]) -> tuple[float, ...]:
    """Returns seconds of training that all searches have spent, with two digits."""
    least = min((float(trace.compute[-1]) for seeds in traces for trace in seeds if len(trace)), default=0.0)
    # By way of the shortest text: 0.29 is a little less, and is to stay 0.29.
    return tuple(sorted({float(TWO_DIGITS.create_decimal(repr(share * least))) for share in COMPUTE_SHARES}))


class Runner:
    """Runs one search after the other on one pool, and counts their trainings."""

    def __init__(
        self, storage: Storage, pool: Pool, task: Task, trainings: int, report: Callable[[int, int], None]
    ) -> None:
        self._storage, self._pool, self._task = storage, pool, task
        self._trainings, self._report = trainings, report
        self._done = 0

    def run(self, config: SearchConfig) -> Trace:
        """Returns the trace of a search that is run from its beginning to its end."""
        task = replace(self._task, config=config)
        strategy = Timed(new_strategy(task))
        incumbent = Incumbent(config.strategy.repeats)
        steps: list[Step] = []
        notes: list[str] = []

        def watch(event: SearchEvent) -> None:
            if event.kind is EventKind.FINISHED:
                steps.append(_step(event, steps, incumbent, strategy.seconds))
                self._done += 1
                self._report(self._done, self._trainings)
            elif event.kind is EventKind.ENDED and event.note:
                notes.append(event.note)

        create_search(self._storage, task)
        state = open_search(self._storage, config.name, task, strategy, self._pool, watch).run()
        if state is not SearchState.COMPLETED:
            raise KeyboardInterrupt
        budget = config.budget.trials
        if not notes and budget is not None and len(steps) < budget:
            notes.append(TIME_OVER)
        return trace_of(steps, " ".join(notes))


def _step(event: SearchEvent, before: Sequence[Step], incumbent: Incumbent, strategy_seconds: float) -> Step:
    """Returns the step of a finished trial; what ended together with it but is told later does not count yet."""
    trial = event.trial
    assert trial is not None
    spent = before[-1].compute if before else 0.0
    best = incumbent.take(trial)
    accuracies = [one.validation_accuracy for one in best if one.validation_accuracy is not None]
    score = 100 * fmean(accuracies) if accuracies else None
    return Step(
        event.progress.spent_seconds, spent + trial.train_seconds, trial.reward, score, strategy_seconds
    )


def _check(task: Task, configs: Sequence[SearchConfig]) -> None:
    """Raises what a strategy refuses, before anything is trained."""
    for config in configs:
        new_strategy(replace(task, config=config))


def _subject(
    task: Task, contestants: Sequence[Contestant], seeds: tuple[int, ...], trials: int, workers: int
) -> Subject:
    pictures = len(task.data.train)
    recipe = f"{task.recipe.epochs} epochs of {pictures:,} pictures"
    return Subject(
        benchmark=f"{task.config.data.dataset}, space {task.space.name}, {recipe} a training",
        measure=MEASURE,
        strategies=tuple(one.text for one in contestants),
        reference=reference_of(contestants),
        seeds=seeds,
        trials=trials,
        workers=workers,
        in_batches=False,
        compute="seconds of training",
        repeats=task.config.strategy.repeats,
    )
