"""What is counted in a row: failures without the slow ones, slow networks without their repeats."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from nas.search.streaks import FAILURES_IN_A_ROW, Streaks
from nas.trial import Trial, TrialState
from search_spaces.architecture import Architecture
from workers.job import FailureKind

SLOW, ERROR = FailureKind.OVER_LIMIT, FailureKind.ERROR


@pytest.fixture
def ended() -> Callable[..., Trial]:
    """Returns (number, failure or None, network) -> a trial that has ended, told in the order of numbers."""

    def make(number: int, failure: FailureKind | None = None, network: str = "") -> Trial:
        return Trial(
            trial_id=number,
            search_id=1,
            number=number,
            architecture=Architecture("toy", (number,)),
            canonical_key=network or f"key{number}",
            seed=0,
            state=TrialState.FAILED if failure else TrialState.COMPLETED,
            asked_event=1,
            told_event=2 + number,
            failure=failure,
        )

    return make


def counted(trials: Iterable[Trial]) -> Streaks:
    streaks = Streaks()
    for trial in trials:
        streaks.count(trial)
    return streaks


def test_slow_ones_between_failures_neither_count_nor_end_their_row(ended: Callable[..., Trial]) -> None:
    kinds = [ERROR, None, ERROR, SLOW, FailureKind.DIVERGED, SLOW]
    streaks = counted(ended(number, kind) for number, kind in enumerate(kinds))
    assert [trial.number for trial in streaks.failures] == [2, 4]
    assert streaks.slow == 1


@pytest.mark.parametrize("last", [None, ERROR])
def test_any_other_end_ends_a_row_of_slow_ones(ended: Callable[..., Trial], last: FailureKind | None) -> None:
    slow = [ended(number, SLOW, f"n{number // 3}") for number in range(6)]
    assert counted(slow).slow == 2
    assert counted([*slow, ended(6, last)]).slow == 0


def test_restored_in_the_order_of_being_told_not_of_numbers(ended: Callable[..., Trial]) -> None:
    early = replace(ended(3), told_event=1)
    late = [replace(ended(0, ERROR), told_event=None, finished_at=9.0), ended(1, ERROR), ended(2, ERROR)]
    running = ended(4).as_running()
    streaks = Streaks()
    streaks.restore([*late, early, running])
    assert [trial.number for trial in streaks.failures] == [1, 2, 0]


def test_failures_that_ended_the_search_are_not_held_against_it_again(ended: Callable[..., Trial]) -> None:
    streaks = Streaks()
    streaks.restore([ended(0), *(ended(number, ERROR) for number in range(1, FAILURES_IN_A_ROW + 3))])
    assert len(streaks.failures) == 2
    assert not streaks.too_many_failures


def test_a_few_failures_that_are_alike_are_enough_before_the_first_success(
    ended: Callable[..., Trial],
) -> None:
    alike = [replace(ended(number, ERROR), error_text=f"{number}\nno memory") for number in range(5)]
    assert not counted(alike[:4]).too_many_failures
    assert counted(alike).too_many_failures
    assert not counted([ended(9), *alike]).too_many_failures
    assert not counted([*alike[:4], replace(alike[4], error_text="no data")]).too_many_failures


def test_lost_workers_are_alike_whatever_they_are_called(ended: Callable[..., Trial]) -> None:
    lost = [
        replace(ended(number, FailureKind.WORKER_LOST), error_text=f"process {number} is gone")
        for number in range(5)
    ]
    assert counted(lost).too_many_failures


def test_a_network_that_fails_again_and_again_is_one(ended: Callable[..., Trial]) -> None:
    repeats = [ended(number, ERROR, "same") for number in range(FAILURES_IN_A_ROW + 1)]
    streaks = counted([ended(20), *repeats])
    assert len(streaks.failures) == 1
    assert not streaks.too_many_failures
