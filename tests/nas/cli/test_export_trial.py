"""`nas export-best NAME TRIAL`: a network that somebody chose."""

from pathlib import Path

import pytest

from nas.cli.ranked import network_of
from nas.errors import TrialStateError, UnknownSearchError
from nas.storage.open import open_storage
from nas.trial import TrialState
from tests.nas.cli.calling import Call


def test_it_is_the_network_of_that_trial(finished_database: str) -> None:
    with open_storage(finished_database, read_only=True) as storage:
        record = storage.search("tiny")
        for number in range(5):
            assert number in [trial.number for trial in network_of(storage, record, number).trials]
        with pytest.raises(UnknownSearchError):
            network_of(storage, record, 5)


def test_one_that_has_failed(tmp_path: Path) -> None:
    from tests.nas.web.searches import FAILING, drive

    url = f"sqlite:///{tmp_path / 'nas.db'}"
    drive(url, "some", trials=FAILING[0])
    with open_storage(url, read_only=True) as storage:
        record = storage.search("some")
        failed = storage.trial(record.search_id, FAILING[0] - 1)
        assert failed.state is TrialState.FAILED
        with pytest.raises(
            TrialStateError, match="expected a completed trial, got one that is failed; name another"
        ):
            network_of(storage, record, failed.number)


def test_one_that_is_not_there(call: Call, finished_database: str, tmp_path: Path) -> None:
    ended = call("export-best", "tiny", 99, "-o", tmp_path / "out", "--db", finished_database)
    assert ended.code == 2
    assert "99" in ended.err
    assert not (tmp_path / "out").exists()
