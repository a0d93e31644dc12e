"""Who is overdue, and with which failure: on a clock of the test's own."""

import math

import pytest

from workers.job import FailureKind
from workers.pool import Patience
from workers.supervision import Supervision

PATIENCE = Patience(beat=2, silence=30, epoch=100, trial=500)


def watched(patience=PATIENCE):
    supervision: Supervision[str] = Supervision(patience)
    supervision.begin("a", now=1000.0)
    return supervision


def failures(supervision, now):
    return {overdue.key: overdue.failure for overdue in supervision.overdue(now)}


def beat_until(supervision, end, *, start=1000, epochs=0):
    for now in range(start, end + 1, 10):
        supervision.beat("a", now, epochs)


def test_silence_is_a_lost_worker_and_not_a_moment_earlier():
    supervision = watched()
    supervision.beat("a", 1010.0)
    assert failures(supervision, 1040.0) == {}
    (overdue,) = supervision.overdue(1040.5)
    assert (overdue.key, overdue.failure) == ("a", FailureKind.WORKER_LOST)
    assert (
        overdue.text == "expected a sign of life of the worker every 2 s, got none for 30.5 s; it was killed"
    )


def test_a_worker_that_beats_but_ends_no_epoch_takes_too_long():
    supervision = watched()
    beat_until(supervision, 1100)
    assert failures(supervision, 1100.0) == {}
    (overdue,) = supervision.overdue(1100.1)
    assert overdue.failure is FailureKind.TIMEOUT
    assert "epoch 1 to end within 100 s" in overdue.text


def test_an_epoch_begins_when_the_last_one_ends():
    supervision = watched()
    beat_until(supervision, 1090)
    supervision.beat("a", 1090.0, epochs=2)
    beat_until(supervision, 1190, start=1090)
    assert failures(supervision, 1190.0) == {}
    (overdue,) = supervision.overdue(1190.5)
    assert "epoch 3 to end" in overdue.text


def test_a_training_that_comes_on_may_still_take_too_long():
    supervision = watched()
    beat_until(supervision, 1500, epochs=1)
    assert failures(supervision, 1500.0) == {}
    (overdue,) = supervision.overdue(1500.1)
    assert overdue.failure is FailureKind.TIMEOUT
    assert "end within 500 s, got 51 finished epochs" in overdue.text


def test_a_time_out_goes_before_silence():
    """A child that stops everything else in its process is to blame where it also takes too long."""
    supervision = watched(Patience(silence=30, trial=20))
    assert failures(supervision, 1100.0) == {"a": FailureKind.TIMEOUT}


def test_what_has_ended_is_not_overdue_and_late_beats_do_not_matter():
    supervision = watched()
    supervision.end("a")
    supervision.end("a")
    supervision.beat("a", 1001.0, epochs=1)
    assert failures(supervision, 9999.0) == {}
    assert supervision.next_look() == math.inf


def test_a_key_that_is_used_again_begins_anew():
    supervision = watched()
    beat_until(supervision, 1090, epochs=1)
    supervision.begin("a", now=2000.0)
    assert failures(supervision, 2030.0) == {}
    assert failures(supervision, 2031.0) == {"a": FailureKind.WORKER_LOST}


def test_each_job_has_a_clock_of_its_own():
    supervision = watched()
    supervision.begin("b", now=1020.0)
    assert failures(supervision, 1031.0) == {"a": FailureKind.WORKER_LOST}
    assert set(failures(supervision, 1051.0)) == {"a", "b"}


@pytest.mark.parametrize(
    ("patience", "expected"),
    [
        (PATIENCE, 1030),
        (Patience(silence=math.inf, epoch=100), 1100),
        (Patience(math.inf, math.inf), math.inf),
    ],
)
def test_the_next_look_is_when_something_may_be_overdue(patience, expected):
    supervision = watched(patience)
    assert supervision.next_look() == expected
    assert supervision.overdue(expected) == []
    if expected < math.inf:
        assert supervision.overdue(expected + 0.1)
