"""Runs a search of children that train nothing, to measure what everything else costs."""

import tempfile
from pathlib import Path

from nas.bench.orchestration import WINDOW_TRIALS, Meter, OrchestrationReport, Timed
from nas.builders import create_search, load_task, new_pool, new_strategy, open_search
from nas.cli.progress import progress
from nas.config import load_config
from nas.search import EventKind, SearchEvent
from nas.storage.open import open_storage
from workers.noop import evaluate_nothing


def measure(trials: int, workers: int) -> OrchestrationReport:
    """Returns what a trial cost, in a database that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="nas-bench-") as directory:
        config = load_config(
            options={
                "name": "orchestration",
                "database": f"sqlite:///{Path(directory) / 'nas.db'}",
                "strategy": {"name": "random"},
                "budget": {"trials": trials},
                "workers": {"count": workers},
            }
        )
        task = load_task(config)
        strategy = Timed(new_strategy(task))
        meter = Meter(trials, strategy)
        with (
            open_storage(config.database) as storage,
            new_pool(task, evaluate_nothing) as pool,
            progress("trials") as report,
        ):

            def watch(event: SearchEvent) -> None:
                if event.kind is EventKind.FINISHED:
                    meter.tick()
                    report(event.progress.finished, trials)

            create_search(storage, task)
            open_search(storage, config.name, task, strategy, pool, watch).run()
    return meter.report()


def report_lines(report: OrchestrationReport) -> str:
    """Returns the figures as text."""
    rows = (
        (report.cpu_ms, "processor time of all processes, without the strategy"),
        (report.first_cpu_ms, f"of that, the first {WINDOW_TRIALS} trials"),
        (report.last_cpu_ms, f"of that, the last {WINDOW_TRIALS} trials"),
        (report.strategy_cpu_ms, "processor time of the strategy"),
        (report.wall_ms, "wall time"),
        (report.first_wall_ms, f"of that, the first {WINDOW_TRIALS} trials"),
        (report.last_wall_ms, f"of that, the last {WINDOW_TRIALS} trials"),
    )
    lines = [f"  {milliseconds:7.3f}  {meaning}" for milliseconds, meaning in rows]
    return "\n".join((f"{report.trials:,} trials that train nothing, milliseconds a trial:", *lines))
