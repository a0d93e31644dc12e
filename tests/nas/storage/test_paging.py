"""Reading in pieces what is too much to be read at once; every kind of storage."""

import pytest

from nas.errors import UnknownSearchError
from nas.storage.contract import Storage
from tests.nas.storage.examples import CURVE, begin, live, new_trial


def test_all_trials_in_pieces_of_any_size(storage: Storage) -> None:
    search, lease = begin(storage)
    for number in range(4):
        live(storage, lease, number)
    storage.add_trials(lease, [new_trial(4), new_trial(5), new_trial(6)])
    at_once = storage.trials(search.search_id, curves=False)
    assert [trial.number for trial in at_once] == list(range(7))
    for size in (1, 3, 7, 500):
        assert list(storage.all_trials(search.search_id, at_once=size)) == at_once


def test_a_curve_is_read_only_where_it_is_asked_for(storage: Storage) -> None:
    search, lease = begin(storage)
    live(storage, lease, 0)
    assert storage.trials(search.search_id)[0].curve == CURVE
    assert storage.trials(search.search_id, curves=False)[0].curve == ()


@pytest.mark.parametrize(
    ("page", "versions"),
    [({}, [1, 2, 3]), ({"after": 1}, [2, 3]), ({"after": 1, "limit": 1}, [2]), ({"after": 3}, [])],
)
def test_updates_of_the_policy(storage: Storage, page: dict[str, int], versions: list[int]) -> None:
    search, lease = begin(storage)
    for number in range(3):
        live(storage, lease, number)
    assert [update.version for update in storage.updates(search.search_id, **page)] == versions


@pytest.mark.parametrize("number", [2**63, 10**30, -(2**70)])
def test_a_number_beyond_64_bits_is_that_of_no_trial(number: int, storage: Storage) -> None:
    search, lease = begin(storage)
    storage.add_trials(lease, [new_trial(0)])
    with pytest.raises(UnknownSearchError, match=f"expected a number from 0 to 0, got {number}"):
        storage.trial(search.search_id, number)
    assert [one.number for one in storage.summaries_of(search.search_id, [number, 0])] == [0]
