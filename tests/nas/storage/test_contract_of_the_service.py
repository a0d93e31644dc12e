"""What every storage promises the service, tried on each of them: commands, tokens, processes to run, quick looks."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from sqlalchemy import text

from nas.errors import (
    ConfigError,
    SearchBusyError,
    StorageError,
    SubmissionStateError,
    TokenExistsError,
    UnknownSearchError,
    UnknownSubmissionError,
    UnknownTokenError,
)
from nas.storage.address import parse_url
from nas.storage.connection import build_engine, for_writing
from nas.storage.contract import Storage
from nas.storage.open import open_storage
from nas.storage.owner import current_owner
from nas.storage.records import (
    Answer,
    AuditAction,
    CommandKind,
    LogKind,
    SearchState,
    Submission,
    SubmissionKind,
    SubmissionState,
    TokenScope,
    TrialSummary,
)
from nas.storage.sql import SqlStorage
from nas.storage.waiting import Waiting
from nas.trial import Feedback, NewTrial, Origin, Proposal, Trial
from search_spaces.architecture import Architecture
from tests.nas.storage.examples import SEARCH, begin, begin_trial, completed, live, new_trial, run_trial

RUNNER = "host7:1:1"
DIGESTS = ["0" * 64, "a1" * 32]


def acts(storage: Storage) -> list[tuple[str, str, str | None, str]]:
    """What the audit has of people's acts but new searches, the oldest first."""
    return [
        (record.actor, record.action, record.search, record.detail)
        for record in reversed(storage.audit())
        if record.action != AuditAction.CREATE
    ]


class TestCommands:
    @pytest.mark.parametrize(
        ("kind", "arguments"),
        [
            (CommandKind.PAUSE, {}),
            (CommandKind.WORKERS, {"count": 3}),
            (CommandKind.BUDGET, {"trials": None, "time": 0.1 + 0.2}),
            (CommandKind.ADD, {"architecture": Architecture("cell", (0, 3, 1)).to_json()}),
            (CommandKind.RETRY, {"number": 17}),
            (CommandKind.ADD, {"architecture": "ü \ud800 \0"}),
        ],
        ids=["pause", "workers", "budget", "add", "retry", "odd-text"],
    )
    def test_arguments_come_back(
        self, storage: Storage, kind: CommandKind, arguments: dict[str, object]
    ) -> None:
        search, lease = begin(storage)
        asked = storage.add_command(search.search_id, kind, "me@host7", arguments)
        assert (asked.kind, asked.arguments) == (kind, arguments)
        assert storage.commands(search.search_id, unanswered=True) == [asked]
        storage.answer_command(lease, asked.command_id, "done")
        (answered,) = storage.commands(search.search_id)
        assert replace(answered, answer=None, answered_at=None) == asked

    def test_what_is_no_json_is_refused(self, storage: Storage) -> None:
        search, _ = begin(storage)
        for wrong in (math.nan, {1, 2}):
            with pytest.raises(StorageError, match="expected finite numbers, texts, lists and tables"):
                storage.add_command(search.search_id, CommandKind.BUDGET, "me", {"time": wrong})
        assert (storage.commands(search.search_id), acts(storage)) == ([], [])

    def test_the_audit_says_what_was_asked_for(self, storage: Storage) -> None:
        search, _ = begin(storage)
        storage.add_command(search.search_id, CommandKind.WORKERS, "me@host7", {"count": 3})
        storage.add_command(search.search_id, CommandKind.ADD, "you", {"architecture": "x" * 1000})
        small, large = acts(storage)
        assert small == ("me@host7", "ask", search.name, 'workers {"count":3}')
        assert (len(large[3]), large[3][:30]) == (300, 'add {"architecture":"xxxxxxxxx')


class TestAnswers:
    """Of commands, in the transaction of what is done for them."""

    def test_a_trial_and_its_answer(self, storage: Storage) -> None:
        search, lease = begin(storage)
        asked = storage.add_command(search.search_id, CommandKind.ADD, "me", {"architecture": "{}"})
        answer = Answer(asked.command_id, "trial 0\0")
        (trial,) = storage.add_trials(lease, [new_trial(0)], answer)
        (answered,) = storage.commands(search.search_id)
        assert (trial.number, answered.answer) == (0, "trial 0\\x00")
        assert (answered.answered_at or 0) >= asked.issued_at
        with pytest.raises(
            UnknownSearchError, match=f"command with id {asked.command_id} is not an unanswered"
        ):
            storage.add_trials(lease, [new_trial(1)], answer)
        assert storage.trials(search.search_id) == [trial]
        assert storage.search(search.name).event == 1

    def test_a_budget_and_its_answer(self, storage: Storage) -> None:
        search, lease = begin(storage)
        asked = storage.add_command(search.search_id, CommandKind.BUDGET, "me", {"trials": 7})
        answer = Answer(asked.command_id, "7 trials")
        storage.extend(lease, trial_budget=7, time_budget_seconds=None, answer=answer)
        before = (storage.search(search.name), storage.audit(), storage.events(search.search_id))
        assert (before[0].trial_budget, storage.commands(search.search_id)[0].answer) == (7, "7 trials")
        with pytest.raises(UnknownSearchError, match="is not an unanswered"):
            storage.extend(lease, trial_budget=9, time_budget_seconds=None, answer=answer)
        assert (storage.search(search.name), storage.audit(), storage.events(search.search_id)) == before


class TestHeld:
    def test_a_driver_that_starts_nothing_new(self, storage: Storage) -> None:
        search, lease = begin(storage)
        assert storage.search(search.name).held is False
        before = storage.last_event(search.search_id)
        storage.hold(lease, True)
        record = storage.search(search.name)
        assert (record.held, record.state) == (True, SearchState.RUNNING)
        begin_trial(storage, lease)  # a trial in training goes on, and what it takes is the driver's to say
        storage.hold(lease, False)
        assert storage.search(search.name).held is False
        texts = [entry.text for entry in storage.events(search.search_id, after=before) if entry.text]
        assert texts == ["held: no new trials are started", "goes on"]

    def test_it_ends_with_the_lease(self, storage: Storage) -> None:
        search, lease = begin(storage)
        storage.hold(lease, True)
        storage.release(lease, SearchState.PAUSED)
        assert storage.search(search.name).held is False
        lease = storage.acquire(search.search_id, RUNNER, seconds=30)
        storage.hold(lease, True)
        lease = storage.acquire(search.search_id, RUNNER, seconds=30)
        assert storage.search(search.name).held is False
        storage.hold(lease, True)

    def test_no_time_is_spent_meanwhile(self, storage: Storage) -> None:
        search, lease = begin(storage)
        time.sleep(0.01)
        storage.hold(lease, True)
        spent = storage.search(search.name).spent_seconds
        assert spent > 0
        time.sleep(0.01)
        storage.renew(lease, seconds=30)
        storage.hold(lease, False)
        assert storage.search(search.name).spent_seconds == spent
        time.sleep(0.01)
        storage.release(lease, SearchState.PAUSED)
        assert storage.search(search.name).spent_seconds > spent

    def test_only_its_driver_can(self, storage: Storage) -> None:
        search, lease = begin(storage)
        storage.release(lease, SearchState.PAUSED)
        events = storage.events(search.search_id)
        with pytest.raises(SearchBusyError, match="was given back; nothing was written"):
            storage.hold(lease, True)
        assert storage.search(search.name).held is False
        assert storage.events(search.search_id) == events


@pytest.mark.parametrize("origin", list(Origin))
def test_who_wanted_a_trial_stays_with_it(storage: Storage, origin: Origin) -> None:
    _, lease = begin(storage)
    proposal = Proposal(Architecture("cell", (0, 3, 1)), origin=origin)
    (trial,) = storage.add_trials(lease, [NewTrial(proposal, "key", 5)])
    assert trial.origin is origin
    assert storage.trial(trial.search_id, trial.number) == trial
    (summary,) = storage.summaries(trial.search_id)
    assert summary.origin == origin


def test_what_a_trial_was_made_from_stays_with_it(storage: Storage) -> None:
    search, lease = begin(storage)
    child = Proposal(Architecture("cell", (0, 3, 1)), parent=0)
    trials = storage.add_trials(lease, [new_trial(), NewTrial(child, "key", 5)])
    assert [trial.parent for trial in trials] == [None, 0]
    run = storage.start_trial(lease, trials[1].trial_id, "token")
    done = storage.finish_trial(lease, run.trial_id, completed(run), 0.9)
    assert (done.parent, done.decision_log_probabilities) == (0, ())
    assert storage.trials(search.search_id, curves=False)[1].parent == 0
    storage.add_trials(lease, [NewTrial(replace(child, parent=parent), "key", 5) for parent in (1, 0, 0)])
    assert storage.children(search.search_id, 0) == [1, 3, 4]
    assert storage.children(search.search_id, 0, limit=2) == [1, 3]
    for number, expected in ((1, [2]), (2, []), (99, []), (2**70, []), (-1, [])):
        assert storage.children(search.search_id, number) == expected


def summary_of(trial: Trial) -> TrialSummary:
    values = {name: getattr(trial, name) for name in TrialSummary._fields}
    values |= {"architecture": trial.architecture.to_json()}
    return TrialSummary(**values)


class TestSummaries:
    def test_they_are_the_trials(self, storage: Storage) -> None:
        search, lease = begin(storage)
        for number in range(4):
            live(storage, lease, number)
        failed = run_trial(storage, lease, None, number=4)
        storage.record_tell(lease, [failed.trial_id], Feedback((None,)))
        begin_trial(storage, lease, 5)
        storage.add_trials(lease, [new_trial(6)])
        expected = [summary_of(trial) for trial in storage.trials(search.search_id)]
        assert [summary.state for summary in expected[3:]] == ["completed", "failed", "running", "waiting"]
        found = storage.summaries(search.search_id)
        assert found == expected
        assert {type(summary) for summary in found} == {TrialSummary}
        assert storage.summaries(search.search_id, after=2) == expected[3:]
        assert storage.summaries(search.search_id, after=2, limit=2) == expected[3:5]
        assert storage.summaries(search.search_id, after=6) == storage.summaries(99) == []

    def test_of_some_numbers(self, storage: Storage) -> None:
        search, lease = begin(storage)
        storage.add_trials(lease, [new_trial(number) for number in range(1_000)])
        everything = storage.summaries(search.search_id)
        assert storage.summaries_of(search.search_id, [7, 3, 7, -1, 1_000]) == [everything[3], everything[7]]
        assert storage.summaries_of(search.search_id, range(1_000)) == everything
        assert storage.summaries_of(search.search_id, []) == storage.summaries_of(99, [0]) == []

    def test_its_fields_are_those_of_a_trial(self) -> None:
        assert set(TrialSummary._fields) < {field.name for field in fields(Trial)}


class TestSampledUpdates:
    def test_every_so_many_and_the_newest(self, storage: Storage) -> None:
        search, lease = begin(storage)
        assert storage.sampled_updates(search.search_id, 10) == []
        for number in range(25):
            live(storage, lease, number)
        everything = storage.updates(search.search_id)
        assert storage.sampled_updates(search.search_id, 25) == everything
        sampled = storage.sampled_updates(search.search_id, 5)
        assert [update.version for update in sampled] == [5, 10, 15, 20, 25]
        assert [update.version for update in storage.sampled_updates(search.search_id, 3)] == [10, 20, 25]
        assert sampled == [everything[place] for place in range(4, 25, 5)]


class TestNewestEvents:
    def test_newest_first_a_page_at_a_time(self, storage: Storage) -> None:
        search, lease = begin(storage)
        other, _ = begin(storage, "other")
        for number in range(5):
            storage.note(lease, str(number))
        entries = storage.events(search.search_id)
        assert storage.last_event(search.search_id) == entries[-1].event_id == 7
        assert storage.last_event(other.search_id) == 2
        assert storage.newest_events(search.search_id) == entries[::-1]
        page = storage.newest_events(search.search_id, limit=3)
        assert [entry.text for entry in page] == ["4", "3", "2"]
        rest = storage.newest_events(search.search_id, before=page[-1].event_id)
        assert [entry.kind for entry in rest] == [
            LogKind.NOTED,
            LogKind.NOTED,
            LogKind.TAKEN,
            LogKind.CREATED,
        ]
        assert storage.newest_events(search.search_id, before=1) == storage.newest_events(99) == []
        assert storage.last_event(99) == 0


class TestTokens:
    def test_kept_until_revoked_and_then_still(self, storage: Storage) -> None:
        first = storage.add_token("ci", DIGESTS[0], TokenScope.READ, "me@host7\udcff")
        second = storage.add_token("laptop", DIGESTS[1], TokenScope.WRITE, "you", expires_at=math.pi)
        assert (first.name, first.digest, first.scope) == ("ci", DIGESTS[0], TokenScope.READ)
        assert (first.created_by, first.expires_at, first.revoked_at) == ("me@host7\\udcff", None, None)
        assert (second.expires_at, second.scope) == (math.pi, TokenScope.WRITE)
        assert storage.tokens() == [first, second]
        revoked = storage.revoke_token("ci", "you")
        assert revoked == replace(first, revoked_at=revoked.revoked_at)
        assert first.created_at <= (revoked.revoked_at or 0) <= time.time()
        assert storage.revoke_token("ci", "somebody else") == revoked
        assert storage.tokens() == [revoked, second]
        assert acts(storage) == [
            ("me@host7\\udcff", "token", None, "token 'ci' to read"),
            ("you", "token", None, "token 'laptop' to write"),
            ("you", "revoke", None, "token 'ci'"),
        ]

    def test_when_it_gives_a_right(self, storage: Storage) -> None:
        lasting = storage.add_token("lasting", DIGESTS[0], TokenScope.READ, "me")
        ending = storage.add_token("ending", DIGESTS[1], TokenScope.READ, "me", expires_at=100.0)
        assert lasting.is_live(1e12)
        assert (ending.is_live(99.9), ending.is_live(100.0)) == (True, False)
        assert not storage.revoke_token("lasting", "me").is_live(0.0)

    def test_the_digest_is_shown_nowhere(self, storage: Storage) -> None:
        token = storage.add_token("ci", DIGESTS[1], TokenScope.READ, "me")
        assert DIGESTS[1] not in repr((token, storage.tokens(), storage.audit()))

    def test_names_and_digests_stay_taken(self, storage: Storage) -> None:
        storage.add_token("ci", DIGESTS[0], TokenScope.READ, "me")
        storage.revoke_token("ci", "me")
        before = acts(storage)
        for name, digest in (("ci", DIGESTS[1]), ("other", DIGESTS[0])):
            with pytest.raises(TokenExistsError, match=f"token '{name}' exists, or existed"):
                storage.add_token(name, digest, TokenScope.READ, "me")
        assert (len(storage.tokens()), acts(storage)) == (1, before)

    def test_what_is_no_token_of_ours(self, storage: Storage) -> None:
        with pytest.raises(UnknownTokenError, match="there are no tokens yet"):
            storage.revoke_token("laptop", "me")
        storage.add_token("laptop", DIGESTS[0], TokenScope.READ, "me")
        with pytest.raises(UnknownTokenError, match=r"token 'lapptop' is not known; .*laptop"):
            storage.revoke_token("lapptop", "me")
        with pytest.raises(ConfigError, match="got 'a b'"):
            storage.add_token("a b", DIGESTS[1], TokenScope.READ, "me")
        for digest in ("secret", DIGESTS[1].upper(), DIGESTS[1] + "\n"):
            with pytest.raises(StorageError, match="expected the SHA-256 of a token") as caught:
                storage.add_token("b", digest, TokenScope.READ, "me")
            assert digest not in str(caught.value)  # it may be the token itself
        with pytest.raises(StorageError, match="expires_at: expected a finite number"):
            storage.add_token("b", DIGESTS[1], TokenScope.READ, "me", expires_at=math.inf)
        assert len(storage.tokens()) == len(acts(storage)) == 1


def submit(storage: Storage, name: str = "cifar-a") -> Submission:
    return storage.add_submission(SubmissionKind.SEARCH, name, {"space": {"name": "cell"}}, "me@host7")


def claim(storage: Storage, runner: str = RUNNER) -> Submission:
    claimed = storage.claim_submission(runner, at_most=100)
    assert claimed is not None
    return claimed


class TestSubmissions:
    def test_its_whole_life(self, storage: Storage) -> None:
        queued = submit(storage)
        assert (queued.kind, queued.search) == (SubmissionKind.SEARCH, "cifar-a")
        assert (queued.state, queued.runner, queued.process) == (SubmissionState.QUEUED, "", "")
        assert (queued.arguments, queued.submitted_by) == ({"space": {"name": "cell"}}, "me@host7")
        assert storage.submission(queued.submission_id) == queued
        running = claim(storage)
        assert running == replace(
            queued, state=SubmissionState.RUNNING, runner=RUNNER, started_at=running.started_at
        )
        started = storage.started_submission(queued.submission_id, "host7:2:2")
        assert started == replace(running, process="host7:2:2")
        ended = storage.end_submission(queued.submission_id, 75, "it is driven by another")
        assert ended == replace(
            started,
            state=SubmissionState.ENDED,
            exit_code=75,
            message="it is driven by another",
            ended_at=ended.ended_at,
        )
        assert storage.submissions() == [ended]
        assert (ended.started_at or 0) <= (ended.ended_at or 0) <= time.time()
        assert acts(storage) == [("me@host7", "submit", "cifar-a", "search, submission 1")]

    def test_an_end_that_nobody_saw(self, storage: Storage) -> None:
        submit(storage)
        ended = storage.end_submission(claim(storage).submission_id, None, "its process is gone\0")
        assert (ended.exit_code, ended.message) == (None, "its process is gone\\x00")

    def test_the_oldest_first_and_no_more_than_so_many(self, storage: Storage) -> None:
        assert storage.claim_submission(RUNNER, at_most=2) is None
        for name in "abc":
            submit(storage, name)
        claimed = [storage.claim_submission(RUNNER, at_most=2) for _ in range(3)]
        assert [found and found.search for found in claimed] == ["a", "b", None]
        assert storage.claim_submission("host8:1:1", at_most=2) is None
        storage.end_submission(1, 0, "")
        assert claim(storage, "host8:1:1").search == "c"
        assert storage.claim_submission(RUNNER, at_most=99) is None

    def test_cancelled_before_it_began(self, storage: Storage) -> None:
        submit(storage)
        submit(storage, "b")
        cancelled = storage.cancel_submission(1, "you")
        assert (cancelled.state, cancelled.started_at, cancelled.exit_code) == ("cancelled", None, None)
        assert (cancelled.ended_at or 0) >= cancelled.submitted_at
        assert claim(storage).search == "b"
        for submission_id, state in ((1, "CANCELLED"), (2, "RUNNING")):
            with pytest.raises(
                SubmissionStateError, match=f"submission {submission_id} is {state} and cannot be cancelled"
            ):
                storage.cancel_submission(submission_id, "you")
        assert acts(storage)[2:] == [("you", "cancel", "cifar-a", "search, submission 1")]

    def test_steps_that_are_none(self, storage: Storage) -> None:
        submit(storage)
        steps: list[Callable[[], object]] = [
            lambda: storage.started_submission(1, "host7:2:2"),
            lambda: storage.end_submission(1, 0, ""),
            lambda: storage.adopt_submission(1, RUNNER),
        ]
        for step in steps:
            with pytest.raises(SubmissionStateError, match="submission 1 is QUEUED and cannot be"):
                step()
        claim(storage)
        ended = storage.end_submission(1, 0, "")
        for step in steps:
            with pytest.raises(SubmissionStateError, match="submission 1 is ENDED and cannot be"):
                step()
        assert storage.submissions() == [ended]

    def test_adopted_from_a_runner_that_is_gone(self, storage: Storage) -> None:
        host, pid, _, place = current_owner().split(":")
        submit(storage)
        claim(storage, f"{host}:{pid}:1:{place}")  # another process once had our number
        assert storage.adopt_submission(1, current_owner()).runner == current_owner()
        with pytest.raises(
            SubmissionStateError, match=f"is run by process {pid} on {host}, which may be there"
        ):
            storage.adopt_submission(1, RUNNER)
        submit(storage, "b")
        claim(storage, "elsewhere:1:1")
        with pytest.raises(SubmissionStateError, match="process 1 on elsewhere"):
            storage.adopt_submission(2, current_owner())

    def test_a_page_at_a_time(self, storage: Storage) -> None:
        for name in "abcde":
            submit(storage, name)
        claim(storage)
        storage.cancel_submission(3, "me")

        def names(**which: object) -> str:
            return "".join(found.search for found in storage.submissions(**which))  # type: ignore[arg-type]

        assert (names(), names(limit=2), names(before=4)) == ("edcba", "ed", "cba")
        assert names(state=SubmissionState.QUEUED) == "edb"
        assert names(state=SubmissionState.QUEUED, before=5, limit=1) == "d"
        assert (names(state=SubmissionState.RUNNING), names(before=1)) == ("a", "")

    def test_what_is_none(self, storage: Storage) -> None:
        for read in (storage.submission, lambda number: storage.cancel_submission(number, "me")):
            for number in (0, 1, -1):
                with pytest.raises(UnknownSubmissionError, match=f"submission {number} is not known"):
                    read(number)
        with pytest.raises(ConfigError, match=r"got '\.\./x'"):
            storage.add_submission(SubmissionKind.EXPORT, "../x", {}, "me")
        with pytest.raises(StorageError, match="expected finite numbers"):
            storage.add_submission(SubmissionKind.RESUME, "a", {"time": math.nan}, "me")
        assert (storage.submissions(), acts(storage)) == ([], [])


def test_several_runners_never_get_the_same(url: str) -> None:
    """Eight of them at once, each with a storage of its own, and never more than three running."""
    with open_storage(url) as storage:
        for number in range(24):
            submit(storage, f"s{number}")
    got: list[int] = []
    most: list[int] = []
    begin_together = threading.Barrier(8)

    def run(number: int) -> None:
        with open_storage(url) as storage:
            begin_together.wait()
            while storage.submissions(state=SubmissionState.QUEUED, limit=1):
                claimed = storage.claim_submission(f"host{number}:1:1", at_most=3)
                if claimed is not None:
                    got.append(claimed.submission_id)
                    most.append(len(storage.submissions(state=SubmissionState.RUNNING)))
                    storage.end_submission(claimed.submission_id, 0, "")

    runners = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(60)
    assert sorted(got) == list(range(1, 25))
    assert max(most) <= 3


def test_an_empty_queue_is_asked_without_a_lock(url: str) -> None:
    engine = build_engine(parse_url(url), read_only=False)
    with SqlStorage(engine, Waiting(0)) as storage, for_writing(engine).begin() as other:
        other.execute(text("UPDATE nas_submissions SET message = ''"))
        if engine.dialect.name == "postgresql":
            other.execute(text("LOCK TABLE nas_submissions IN SHARE ROW EXCLUSIVE MODE"))
        assert storage.claim_submission(RUNNER, at_most=1) is None


def test_names_that_no_search_has(storage: Storage) -> None:
    with pytest.raises(UnknownSearchError, match="id 99"):
        storage.add_command(99, CommandKind.PAUSE, "me", {})
    storage.create_search(SEARCH)
    assert storage.search(SEARCH.name).held is False
