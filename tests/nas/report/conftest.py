"""Trials as a database returns them."""

from collections.abc import Callable

import pytest

from nas.trial import Trial, TrialState
from search_spaces.architecture import Architecture
from workers.job import FailureKind


@pytest.fixture(scope="session")
def make_trial() -> Callable[..., Trial]:
    """Returns the function (number, accuracy or None for a failed one, finished_at) -> trial."""

    def make(number: int, accuracy: float | None, finished_at: float = 0.0) -> Trial:
        completed = accuracy is not None
        return Trial(
            trial_id=100 + number,
            search_id=1,
            number=number,
            architecture=Architecture("toy", (number, 1)),
            canonical_key=f"key{number}",
            seed=7,
            state=TrialState.COMPLETED if completed else TrialState.FAILED,
            asked_event=number + 1,
            validation_accuracy=accuracy,
            reward=accuracy,
            parameters=12_345 if completed else None,
            multiply_adds=1_200_000 if completed else None,
            train_seconds=3.21,
            failure=None if completed else FailureKind.DIVERGED,
            finished_at=finished_at,
        )

    return make
