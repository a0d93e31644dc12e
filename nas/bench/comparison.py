"""Many strategies with many seeds each, in parallel processes. What comes out does not depend on how many those are."""

from collections.abc import Callable
from dataclasses import dataclass

from nas.bench.contestants import Contestant
from nas.bench.parallel import run_all
from nas.bench.problem import Benchmark
from nas.bench.simulation import simulate
from nas.bench.trace import Trace

Report = Callable[[int, int], None]
"""Told how many of how many searches are done."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which searches are run: every contestant with every seed."""

    benchmark: Benchmark
    contestants: tuple[Contestant, ...]
    seeds: tuple[int, ...]
    trials: int
    workers: int = 8
    in_batches: bool = False
    """Whether all trainings take equally long, so that workers are asked and told in batches."""
    repeats: int = 1
    """Trainings of each architecture; they count among the trials."""

    def search(self, search: tuple[int, int]) -> Trace:
        """Runs one of the searches: the number of a contestant, and a seed."""
        contestant, seed = search
        problem = self.benchmark.problem(seed)
        strategy = self.contestants[contestant].build(problem.space, seed)
        return simulate(
            problem,
            strategy,
            trials=self.trials,
            workers=self.workers,
            in_batches=self.in_batches,
            repeats=self.repeats,
        )


def run_plan(plan: Plan, jobs: int, report: Report) -> list[list[Trace]]:
    """Returns the traces of every contestant, in the order of the seeds.

    With one job, in this process. Ctrl-C, like any other error, ends the other processes at once.
    """
    contestants = range(len(plan.contestants))
    searches = [(contestant, seed) for seed in plan.seeds for contestant in contestants]
    traces: dict[tuple[int, int], Trace] = {}
    for search, trace in run_all(plan.search, searches, min(jobs, len(searches))):
        traces[search] = trace
        report(len(traces), len(searches))
    return [[traces[contestant, seed] for seed in plan.seeds] for contestant in contestants]
