"""Many searches, in as many processes as one likes; and what is made of their traces."""

import time
from multiprocessing import active_children

import numpy as np
import pytest

from nas.bench.comparison import Plan, run_plan
from nas.bench.contestants import read_contestants
from nas.bench.landscape import Landscapes
from nas.bench.parallel import run_all
from nas.bench.problem import Measure
from nas.bench.report import Subject, compare
from nas.bench.standings import Verdict, compute_marks_up_to, marks_up_to
from nas.bench.trace import Step, trace_of


def silent(done, total):
    assert 0 < done <= total


def test_one_process_or_two_give_the_same_traces():
    plan = Plan(Landscapes(6), read_contestants("reinforce,random"), (3, 4), 24)
    here, there = run_plan(plan, 1, silent), run_plan(plan, 2, silent)
    assert [[len(trace) for trace in traces] for traces in here] == [[24, 24], [24, 24]]
    for ours, theirs in zip(np.ravel(here), np.ravel(there), strict=True):
        for name in ("seconds", "compute", "value", "score"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


def fails_once_others_are_at_work(key):
    number, directory = key
    (directory / f"began{number}").touch()
    while not list(directory.glob("began[1-9]")):
        time.sleep(0.01)
    if number == 0:
        raise ValueError("nought")
    time.sleep(10)
    (directory / f"ended{number}").touch()


def test_an_error_in_a_process_ends_all_at_once(tmp_path):
    before = set(active_children())
    with pytest.raises(ValueError, match="nought"):
        dict(run_all(fails_once_others_are_at_work, [(number, tmp_path) for number in range(4)], 2))
    for process in set(active_children()) - before:
        process.join(30)
    assert set(active_children()) == before
    assert list(tmp_path.glob("ended*")) == []


HIGHER, LOWER = Measure("accuracy, %", 2), Measure("regret", 3, lower_is_better=True)


def searches(*scores):
    """One search for each list of scores; every training takes one unit and a millisecond."""
    return [
        trace_of([Step(i + 1, i + 1, one, one, (i + 1) / 1000) for i, one in enumerate(search)])
        for search in scores
    ]


def compared(measure, *strategies, marks=(1, 2)):
    names = tuple("abcdef"[: len(strategies)])
    seeds = tuple(range(len(strategies[0])))
    subject = Subject("t", measure, names, 0, seeds, 2, 8, False, "seconds", None)
    return compare(subject, strategies, marks, (1.0, 2.0, 3.0))


def test_means_at_the_marks_along_both_axes():
    comparison = compared(HIGHER, searches([10, 30], [20, 50]))
    first, last = comparison.trials.rows[0]
    assert (first.estimate.mean, last.estimate.mean) == (15, 40)
    assert last.scores == (30, 50)
    by_compute = comparison.compute.rows[0]
    assert [one and one.estimate.mean for one in by_compute] == [15, 40, None]
    assert comparison.milliseconds == ((pytest.approx(1), pytest.approx(1)),)


@pytest.mark.parametrize(("measure", "verdict"), [(HIGHER, Verdict.BETTER), (LOWER, Verdict.WORSE)])
def test_a_difference_on_every_seed_is_significant_and_its_sign_depends_on_the_measure(measure, verdict):
    base = searches(*([1.0 + seed] for seed in range(8)))
    above = searches(*([2.0 + seed + 0.01 * (seed % 2)] for seed in range(8)))
    alike = searches(*([1.0 + seed + 0.01 * (-1) ** seed] for seed in range(8)))
    (reference,), (other,), (open_one,) = compared(measure, base, above, alike, marks=(1,)).trials.rows
    assert (reference.p_value, reference.verdict) == (None, Verdict.OPEN)
    assert other.verdict is verdict
    assert other.p_value < 1e-6
    assert open_one.verdict is Verdict.OPEN


def test_a_mark_that_a_search_has_no_score_at_is_left_open():
    failing = [trace_of([Step(1, 1, None, None, 0), Step(2, 2, 0.5, 50, 0)])]
    (row,) = compared(HIGHER, failing).trials.rows
    assert row[0] is None
    assert row[1].estimate.mean == 50


def test_marks():
    assert marks_up_to(500) == (50, 100, 200, 300, 500)
    assert marks_up_to(5_000)[-3:] == (1_000, 2_000, 5_000)
    assert marks_up_to(7) == (2, 5, 7)
    assert marks_up_to(50) == (2, 5, 10, 20, 50)
    assert marks_up_to(1) == (1,)
    assert compute_marks_up_to(500) == (50, 100, 200, 300, 400)


def test_the_record_is_plain_and_complete():
    comparison = compared(HIGHER, searches([10, 30], [20, 50]), searches([11, 30], [21, 50]))
    record = comparison.record()
    assert record["reference"] == "a"
    assert [one["strategy"] for one in record["strategies"]] == ["a", "b"]
    mark = record["strategies"][1]["by_trials"][0]
    assert (mark["trials"], mark["mean"], mark["scores"]) == (1, 16, (11, 21))
    assert (mark["p_value"], mark["verdict"]) == (0.5, "open")  # two seeds prove nothing
    assert record["strategies"][0]["by_compute"][2] == {"compute": 3.0, "mean": None}
