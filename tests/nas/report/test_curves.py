"""The course of a search."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from nas.objectives import Objective
from nas.report.curves import BLOCKS, best_so_far, progress_line, sparkline
from nas.trial import Trial


def test_the_best_so_far_follows_the_order_of_completion(make_trial: Callable[..., Trial]) -> None:
    trials = [
        make_trial(0, 0.5, 30.0),
        make_trial(1, 0.4, 10.0),
        make_trial(2, None, 15.0),
        make_trial(3, 0.3, 20.0),
    ]
    assert best_so_far(trials) == [0.4, 0.4, 0.5]


def test_blocks_go_from_the_lowest_to_the_highest() -> None:
    assert sparkline([0.0, 1.0, 2.0, 3.5, 7.0]) == "▁▂▃▅█"
    assert sparkline([0.9, 0.9]) == "▁▁"
    assert sparkline([]) == ""


@given(st.lists(st.floats(0, 1), min_size=1, max_size=300).map(sorted), st.integers(1, 80))
def test_a_rising_series_rises_to_the_top(values: list[float], width: int) -> None:
    line = sparkline(values, width)
    assert len(line) == min(width, len(values))
    heights = [BLOCKS.index(block) for block in line]
    assert heights == sorted(heights)
    assert values[0] == values[-1] or line[-1] == "█"


def test_stretches_show_their_last_value() -> None:
    assert sparkline([0, 7, 7, 0, 0, 3.5], width=3) == "█▁▅"


def test_the_line_for_a_terminal(make_trial: Callable[..., Trial]) -> None:
    trials = [make_trial(number, 0.5 + number / 400, float(number)) for number in range(150)]
    line = progress_line(trials, 60)
    assert line.startswith("best so far  50.0 % ▁")
    assert line.endswith("█ 87.2 %")
    assert len(line) == 60
    assert progress_line([make_trial(0, None)]) == "best so far  no trial is completed yet"


def test_the_line_is_that_of_what_the_search_is_after(make_trial: Callable[..., Trial]) -> None:
    sizes = [3_000, 5_000, 1_200]
    trials = [
        replace(make_trial(number, 0.1 * number, float(number)), reward=-float(size))
        for number, size in enumerate(sizes)
    ]
    line = progress_line(trials, 80, Objective("params", is_minimised=True))
    assert line == "best params so far  3.00 k ▁▁█ 1.20 k"
    weighed = [replace(trial, reward=0.5 + trial.number / 10) for trial in trials]
    assert progress_line(weighed, 80, is_weighed=True) == "best weighed accuracy so far  50.0 % ▁▅█ 70.0 %"
