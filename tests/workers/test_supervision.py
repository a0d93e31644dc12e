"""Who is overdue, and with which failure: on a clock of the test's own."""

import math

import pytest

from workers.job import FailureKind
from workers.pool import Patience
from workers.supervision import Attention, Supervision

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
    assert failures(supervision, 1104.0) == {}
    (overdue,) = supervision.overdue(1104.1)
    assert overdue.failure is FailureKind.TIMEOUT
    assert "epoch 1 to end within 100 s" in overdue.text


def test_the_end_of_an_epoch_is_told_with_the_next_beat():
    supervision = watched(Patience(beat=2, epoch=2))
    for now in range(1000, 1100, 2):
        supervision.beat("a", now + 0.5, epochs=1)
        assert failures(supervision, now + 2.4) == {}


def test_an_epoch_begins_when_the_last_one_ends():
    supervision = watched()
    beat_until(supervision, 1090)
    supervision.beat("a", 1090.0, epochs=2)
    beat_until(supervision, 1190, start=1090)
    assert failures(supervision, 1194.0) == {}
    (overdue,) = supervision.overdue(1194.5)
    assert "epoch 3 to end" in overdue.text


def test_a_training_that_comes_on_may_still_take_too_long():
    supervision = watched()
    beat_until(supervision, 1500, epochs=1)
    assert failures(supervision, 1500.0) == {}
    (overdue,) = supervision.overdue(1500.1)
    assert overdue.failure is FailureKind.TIMEOUT
    assert "end within 500 s, got 51 finished epochs" in overdue.text


@pytest.mark.parametrize("patience", [Patience(silence=300, trial=20), Patience(silence=300, epoch=20)])
def test_a_worker_that_was_silent_when_its_time_was_up_is_lost(patience):
    """It may have been stopped, and the child be as good as any."""
    supervision = watched(patience)
    supervision.beat("a", 1020.0)
    (overdue,) = supervision.overdue(1026.5)
    assert overdue.failure is FailureKind.WORKER_LOST
    assert "got none for 6.5 s" in overdue.text


def test_a_worker_that_missed_a_beat_when_its_time_was_up_is_not_yet_lost():
    supervision = watched(Patience(silence=300, trial=20))
    supervision.beat("a", 1016.0)
    assert failures(supervision, 1021.0) == {"a": FailureKind.TIMEOUT}


def test_time_in_which_nobody_listened_counts_for_no_job():
    supervision = watched(Patience(silence=30, epoch=100, trial=100))
    supervision.pause(5000.0, 3990.0)
    assert failures(supervision, 5020.0) == {}
    supervision.beat("a", 5089.0)
    assert failures(supervision, 5090.0) == {}
    assert failures(supervision, 5090.5) == {"a": FailureKind.TIMEOUT}


def test_a_job_that_was_begun_meanwhile_has_no_more_time_than_others():
    supervision = watched(Patience(silence=30))
    supervision.begin("b", now=1100.0)
    supervision.pause(1101.0, 100.0)
    assert failures(supervision, 1131.5)["b"] is FailureKind.WORKER_LOST


def test_nobody_is_judged_for_three_beats_after_a_break():
    attention = Attention(PATIENCE, 0.0)
    assert (attention.missed(1.0), attention.may_judge(1.0)) == (0.0, True)
    assert (attention.missed(31.0), attention.may_judge(31.0)) == (30.0, False)
    assert [attention.missed(now) for now in (32.0, 33.0, 35.0, 37.0)] == [0.0] * 4
    assert not attention.may_judge(36.9)
    assert attention.may_judge(37.0)


def test_a_driver_that_is_away_again_and_again_judges_all_the_same():
    attention, judged = Attention(PATIENCE, 0.0), 0
    for now in range(5, 1000, 5):
        assert attention.missed(now) == 5
        judged += attention.may_judge(now)
    assert judged >= 60


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
        (Patience(silence=math.inf, epoch=100), 1104),
        (Patience(math.inf, math.inf), math.inf),
    ],
)
def test_the_next_look_is_when_something_may_be_overdue(patience, expected):
    supervision = watched(patience)
    assert supervision.next_look() == expected
    assert supervision.overdue(expected) == []
    if expected < math.inf:
        assert supervision.overdue(expected + 0.1)
