"""The updates of a policy: which of many are shown, and what is said of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from nas.storage.contract import Storage
from nas.storage.log_rows import updates_a_point
from nas.storage.memory import InMemoryStorage
from nas.storage.open import open_storage
from nas.trial import Feedback
from nas.web.view.policy import policy_series, staleness
from tests.nas.storage.examples import UPDATE, begin, completed, new_trial
from tests.nas.web.view.rows import columns_of, row

NOTHING = columns_of([])


@pytest.fixture(params=["memory", "sqlite"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "memory":
        return InMemoryStorage()
    return open_storage(f"sqlite:///{tmp_path / 'nas.db'}")


@pytest.mark.parametrize(
    ("points", "versions"),
    [
        (100, list(range(1, 24))),
        (23, list(range(1, 24))),
        (12, [*range(2, 23, 2), 23]),
        (5, [5, 10, 15, 20, 23]),
        (1, [23]),
    ],
)
def test_of_many_updates_a_sample_is_read_and_always_the_newest(
    storage: Storage, points: int, versions: list[int]
) -> None:
    with storage:
        search, lease = begin(storage)
        assert storage.sampled_updates(search.search_id, points) == []
        (trial,) = storage.add_trials(lease, [new_trial(0)])
        storage.finish_trial(
            lease, trial.trial_id, completed(storage.start_trial(lease, trial.trial_id, "t")), 0.5
        )
        updates = tuple(replace(UPDATE, version=version) for version in range(1, 24))
        storage.record_tell(lease, [trial.trial_id], Feedback((None,), updates))
        found = storage.sampled_updates(search.search_id, points)
    assert [update.version for update in found] == versions
    assert found[-1] == updates[-1]


def test_the_series_say_what_the_updates_do() -> None:
    step = updates_a_point(7, 4)
    updates = [
        replace(UPDATE, version=version, baselines=(0.2, 0.4), staleness=(1, 2)) for version in (2, 4, 6, 7)
    ]
    found = policy_series([*updates[:-1], replace(updates[-1], kl=None, baselines=())], NOTHING)
    assert found.version == (2, 4, 6, 7)
    assert found.entropy == (UPDATE.entropy,) * 4
    assert found.baseline == pytest.approx((0.3, 0.3, 0.3, None))
    assert found.staleness == (1.5,) * 4
    assert found.kl == (UPDATE.kl,) * 3 + (None,)
    assert (found.updates_a_point, found.count) == (step, 7)


def test_staleness_that_was_not_kept_is_told_from_the_trials() -> None:
    columns = columns_of([row(0, policy_version=3), row(1, policy_version=5), row(2)])
    assert staleness(replace(UPDATE, version=8, trials=(0, 1), staleness=()), columns) == 3.0
    assert staleness(replace(UPDATE, version=8, trials=(2,), staleness=()), columns) is None
    assert staleness(replace(UPDATE, version=8, trials=(9,), staleness=()), columns) is None
