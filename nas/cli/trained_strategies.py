"""Compares strategies by real searches: the same small children, the same recipe, the same number of trainings.

Every search gets the same compute: so many trainings of so many epochs of the same pictures. Along the other axis the
searches are held side by side after as many seconds of training, whatever networks they spent them on. Scored is the
validation accuracy of the best so far: the test part is not read.
"""

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from nas.bench.contestants import Contestant, reference_of
from nas.bench.orchestration import Timed
from nas.bench.problem import Measure
from nas.bench.report import Comparison, Subject, compare
from nas.bench.standings import marks_up_to
from nas.bench.trace import Step, Trace, trace_of
from nas.builders import Task, create_search, load_task, new_pool, new_strategy, open_search
from nas.cli.progress import progress
from nas.config import SearchConfig, load_config
from nas.search import EventKind, SearchEvent
from nas.storage.contract import SearchState, Storage
from nas.storage.open import open_storage
from workers.pool import Pool

COMPUTE_SHARES = (0.25, 0.5, 0.75, 1.0)
"""Where searches are compared by compute, as shares of what the one that spent least has spent."""
MEASURE = Measure("validation accuracy, %", 2)


def compare_trained(
    options: Mapping[str, Any], contestants: Sequence[Contestant], seeds: Sequence[int], trials: int
) -> Comparison:
    """Runs a search for every strategy and seed, one after the other; `options` are those of a search.

    They are kept where the options name a database, and thrown away elsewhere.
    """
    with ExitStack() as stack:
        if "database" not in options:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="nas-bench-"))
            options = {**options, "database": f"sqlite:///{Path(directory) / 'nas.db'}"}
        configs = [
            [_config(options, one, seed, trials, index) for seed in seeds]
            for index, one in enumerate(contestants)
        ]
        task = load_task(configs[0][0])
        _check(task, configs)
        storage = stack.enter_context(open_storage(task.config.database))
        pool = stack.enter_context(new_pool(task))
        report = stack.enter_context(progress("trainings"))
        runner = _Runner(storage, pool, task, trials * len(seeds) * len(contestants), report)
        # One seed of all strategies, then the next: what is interrupted has compared all alike.
        traces = {
            (index, seed): runner.run(configs[index][seed])
            for seed in range(len(seeds))
            for index in range(len(configs))
        }
        workers = pool.slots
    rows = [[traces[index, seed] for seed in range(len(seeds))] for index in range(len(contestants))]
    subject = _subject(task, contestants, tuple(seeds), trials, workers)
    return compare(subject, rows, marks_up_to(trials), compute_marks(rows))


def compute_marks(traces: Sequence[Sequence[Trace]]) -> tuple[float, ...]:
    """Returns seconds of training at which all searches can be compared, with two digits."""
    least = min((float(trace.compute[-1]) for seeds in traces for trace in seeds if len(trace)), default=0.0)
    return tuple(sorted({float(f"{0.995 * share * least:.2g}") for share in COMPUTE_SHARES}))


class _Runner:
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
        steps: list[Step] = []
        notes: list[str] = []

        def watch(event: SearchEvent) -> None:
            if event.kind is EventKind.FINISHED:
                steps.append(_step(event, steps, strategy.seconds))
                self._done += 1
                self._report(self._done, self._trainings)
            elif event.kind is EventKind.ENDED and event.note:
                notes.append(event.note)

        create_search(self._storage, task)
        state = open_search(self._storage, config.name, task, strategy, self._pool, watch).run()
        if state is not SearchState.COMPLETED:
            raise KeyboardInterrupt
        return trace_of(steps, " ".join(notes))


def _step(event: SearchEvent, before: Sequence[Step], strategy_seconds: float) -> Step:
    trial, best = event.trial, event.progress.best
    assert trial is not None
    spent = before[-1].compute if before else 0.0
    accuracy = best.validation_accuracy if best else None
    score = None if accuracy is None else 100 * accuracy
    return Step(
        event.progress.spent_seconds, spent + trial.train_seconds, trial.reward, score, strategy_seconds
    )


def _config(
    options: Mapping[str, Any], contestant: Contestant, seed: int, trials: int, index: int
) -> SearchConfig:
    slug = re.sub(r"[^A-Za-z0-9]+", "-", contestant.text).strip("-")[:40]
    return load_config(
        options={
            **options,
            "name": f"bench-{index}-{slug}-seed{seed}",
            "seed": seed,
            "strategy": {"name": contestant.name, "settings": dict(contestant.settings)},
            "budget": {"trials": trials},
        }
    )


def _check(task: Task, configs: Sequence[Sequence[SearchConfig]]) -> None:
    """Raises what a strategy refuses, before anything is trained."""
    for first, *_ in configs:
        new_strategy(replace(task, config=first))


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
    )
