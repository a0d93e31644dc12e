"""The meter: what it counts, and that the strategy's own time is kept apart."""

import subprocess
import sys
import time

import pytest

from nas.bench.orchestration import WARM_UP_TRIALS, WINDOW_TRIALS, Meter, Timed, tree_cpu_seconds
from nas.strategies.filter import ANYTHING
from nas.strategies.registry import build_strategy
from nas.strategies.wrapped import wrapped
from search_spaces.registry import build_space


def burn(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


class Slow(Timed):
    """Takes a millisecond of processor time for each proposal."""

    def ask(self, count, accepts=ANYTHING):
        burn(0.001 * count)
        return super().ask(count, accepts)


def test_the_strategys_time_is_counted_apart():
    timed = Timed(Slow(build_strategy("random", build_space("toy"), 0)))
    trials = WARM_UP_TRIALS + 2 * WINDOW_TRIALS + 1
    meter = Meter(trials, timed)
    for _ in range(trials):
        timed.ask(1)
        burn(0.0005)
        meter.tick()
    report = meter.report()
    assert report.trials == trials
    assert 0.9 < report.strategy_cpu_ms < 3
    assert 0.3 < report.cpu_ms < report.strategy_cpu_ms
    assert report.wall_ms > 1


def test_a_proposal_is_passed_on_unchanged():
    bare, timed = (build_strategy("random", build_space("toy"), 3) for _ in range(2))
    timed = Timed(timed)
    assert timed.ask(5) == bare.ask(5)
    assert timed.save() == bare.save()


def test_why_there_are_no_more_proposals_is_passed_on():
    space = build_space("toy")
    timed = Timed(wrapped(build_strategy("grid", space, 0), str, is_feasible=lambda _: False))
    assert timed.ask(1) == []
    assert "did not keep to the limits" in timed.ending or "no more architectures" in timed.ending


def test_too_few_trials_for_the_windows_are_refused():
    with pytest.raises(ValueError, match="got 10"):
        Meter(10, Timed(build_strategy("random", build_space("toy"), 0)))


def test_the_processor_time_of_children_counts():
    burner = "import time\nwhile time.process_time() < 0.5: pass\nprint(flush=True)\ntime.sleep(60)"
    before = tree_cpu_seconds()
    with subprocess.Popen([sys.executable, "-c", burner], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        counted = tree_cpu_seconds() - before
        child.kill()
    assert counted > 0.4
