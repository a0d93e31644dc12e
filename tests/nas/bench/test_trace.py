"""What a trace answers."""

from math import isnan

import pytest

from nas.bench.trace import Step, trace_of


def trace(ending=""):
    return trace_of(
        [Step(1, 2.0, 0.5, 50, 0.1), Step(2, 3.0, None, 50, 0.3), Step(3, 6.0, 0.7, 70, 0.6)], ending
    )


def test_the_score_after_some_trials():
    assert [trace().score_after(trials) for trials in (1, 2, 3, 9)] == [50, 50, 70, 70]
    assert isnan(trace_of([]).score_after(1))


@pytest.mark.parametrize(("compute", "trials"), [(1.9, 0), (2.0, 1), (5.9, 2), (6.0, 3)])
def test_what_had_ended_within_some_compute(compute, trials):
    assert trace().trials_within(compute) == trials


def test_a_search_that_spent_less_is_not_judged_unless_there_was_nothing_more_to_do():
    assert trace().trials_within(6.1) is None
    assert trace("space exhausted").trials_within(6.1) == 3
    assert trace_of([]).trials_within(1.0) is None


def test_milliseconds_over_the_last_trials():
    assert trace().milliseconds_at(3, 2) == pytest.approx(250)
    assert trace().milliseconds_at(3, 3) == pytest.approx(200)
    assert trace().milliseconds_at(4, 2) is None
