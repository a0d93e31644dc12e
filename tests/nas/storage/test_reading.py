"""Every method that reads, over a connection that may only read: the same answers, and the same refusals."""

from collections.abc import Callable

import pytest

from nas.errors import UnknownSearchError
from nas.storage.contract import Storage
from nas.storage.open import open_storage
from nas.storage.records import SubmissionKind, TokenScope
from nas.storage.service_contract import ServiceStorage
from nas.trial import TrialState
from tests.nas.storage.examples import SEARCH, begin, begin_trial, live

READS: dict[str, Callable[[Storage], object]] = {
    "search": lambda storage: storage.search(SEARCH.name).created,
    "searches": lambda storage: [search.created for search in storage.searches()],
    "latest_checkpoint": lambda storage: storage.latest_checkpoint(1),
    "damaged_checkpoints": lambda storage: storage.damaged_checkpoints(1),
    "saved_training": lambda storage: storage.saved_training(1),
    "attempts": lambda storage: storage.attempts(1, 2),
    "lost_workers": lambda storage: storage.lost_workers(1),
    "epochs": lambda storage: (storage.epochs(1, 0), storage.epochs(1, 3)),
    "workers": lambda storage: storage.workers(1),
    "events": lambda storage: storage.events(1),
    "history": lambda storage: storage.history(1),
    "page": lambda storage: storage.page(1, state=TrialState.COMPLETED),
    "architectures": lambda storage: storage.architectures(1, 9),
    "architecture": lambda storage: storage.architecture(1, storage.trial(1, 0).canonical_key),
    "children": lambda storage: storage.children(1, 0),
    "open_trials": lambda storage: storage.open_trials(1),
    "trials": lambda storage: storage.trials(1),
    "all_trials": lambda storage: list(storage.all_trials(1, at_once=2)),
    "trial": lambda storage: storage.trial(1, 1),
    "leaderboard": lambda storage: storage.leaderboard(1, 9),
    "failures": lambda storage: storage.failures(1),
    "updates": lambda storage: storage.updates(1),
    "commands": lambda storage: storage.commands(1),
    "summaries": lambda storage: storage.summaries(1),
    "summaries_of": lambda storage: storage.summaries_of(1, [2, 0]),
    "last_event": lambda storage: storage.last_event(1),
    "sampled_updates": lambda storage: storage.sampled_updates(1, 2),
    "newest_events": lambda storage: storage.newest_events(1),
    "tokens": lambda storage: storage.tokens(),
    "submission": lambda storage: storage.submission(1),
    "submissions": lambda storage: storage.submissions(),
    "readings": lambda storage: storage.readings(1),
    "audit": lambda storage: storage.audit(),
    "trainings": lambda storage: storage.trainings(1),
    "exports": lambda storage: storage.exports(1),
}
WRITES = {
    *(
        "create_search",
        "acquire",
        "renew",
        "release",
        "extend",
        "add_trials",
        "start_trial",
        "record_progress",
    ),
    *(
        "finish_trial",
        "requeue_trial",
        "record_tell",
        "save_checkpoint",
        "note",
        "answer_command",
        "add_command",
    ),
    *("add_reading", "add_audit", "save_training", "save_export", "close", "hold"),
    *("add_token", "revoke_token", "add_submission", "claim_submission", "started_submission"),
    *("adopt_submission", "end_submission", "cancel_submission"),
}


def test_each_of_them_is_here() -> None:
    methods = {name for part in (Storage, ServiceStorage) for name in vars(part) if not name.startswith("_")}
    assert methods == READS.keys() | WRITES


def test_the_same_answers(url: str) -> None:
    with open_storage(url) as storage, open_storage(url, read_only=True) as reader:
        _, lease = begin(storage)
        for number in range(3):
            live(storage, lease, number)
        begin_trial(storage, lease, 3)
        storage.save_checkpoint(lease, b"state")
        storage.add_token("one", "0" * 64, TokenScope.READ, "me")
        storage.add_submission(SubmissionKind.EXPORT, SEARCH.name, {"number": None}, "me")
        for name, read in READS.items():
            assert read(reader) == read(storage), name


def test_the_same_refusals(url: str) -> None:
    with open_storage(url) as storage, open_storage(url, read_only=True) as reader:
        search, lease = begin(storage)
        begin_trial(storage, lease, 0)
        for each in (storage, reader):
            with pytest.raises(UnknownSearchError, match="search 'nothing' is not in"):
                each.search("nothing")
            for find in (each.trial, each.attempts, each.epochs):
                with pytest.raises(UnknownSearchError, match="expected a number from 0 to 0, got 7"):
                    find(search.search_id, 7)
                with pytest.raises(UnknownSearchError, match="search with id 99 is not in"):
                    find(99, 0)
