"""The queue of a dashboard, and of several: each submission is run once, whoever is killed meanwhile."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from nas.errors import StorageError
from nas.storage.contract import Storage
from nas.storage.open import open_storage
from nas.storage.owner import current_owner, is_gone
from nas.storage.records import Submission, SubmissionKind, SubmissionState
from nas.web.queue import runner
from nas.web.queue.endings import KILLED, LOST
from nas.web.queue.orders import Orders
from nas.web.queue.places import SILENCE_SECONDS, place_of
from nas.web.queue.runner import MOST_STARTS, Runner
from nas.web.readers import Readers
from nas.web.settings import WebSettings
from tests.faults.scenes import wait_until
from tests.nas.web.queue.mortal import MOMENTS

ROOT = Path(__file__).parents[4]
ELSEWHERE = "host7:4211:99731:90123610-4026531836"


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with open_storage(f"sqlite:///{tmp_path / 'nas.db'}") as storage:
        yield storage


@pytest.fixture
def web_settings(storage: Storage, tmp_path: Path) -> WebSettings:
    return WebSettings(f"sqlite:///{tmp_path / 'nas.db'}", exports=tmp_path / "exports")


@pytest.fixture
def queue(web_settings: WebSettings) -> Iterator[Runner]:
    """Looks when it is told to."""
    readers = Readers(web_settings.database)
    yield Runner(readers, web_settings)
    readers.close()


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Script":
    script = Script(tmp_path)
    monkeypatch.setattr(runner, "orders_of", lambda *_: Orders((sys.executable, "-c", script.text)))
    return script


class Script:
    """What is run here for every submission: it says that it has begun, and waits until it may end."""

    def __init__(self, directory: Path) -> None:
        self._begun, self._may_end = directory / "runs", directory / "may end"
        self.text = (
            "import pathlib, sys, time\n"
            f"with open({str(self._begun)!r}, 'a') as file: file.write('run\\n')\n"
            f"while not pathlib.Path({str(self._may_end)!r}).exists(): time.sleep(0.02)\n"
            "sys.exit('error: as it was to be')"
        )

    @property
    def runs(self) -> int:
        return self._begun.read_text().count("run") if self._begun.exists() else 0

    def end(self) -> None:
        self._may_end.touch()


def submit(storage: Storage, count: int = 1) -> list[int]:
    added = (storage.add_submission(SubmissionKind.SEARCH, f"s{k}", {}, "me@here") for k in range(count))
    return [submission.submission_id for submission in added]


def states(storage: Storage) -> list[SubmissionState]:
    return [one.state for one in reversed(storage.submissions())]


def look_until_ended(queue: Runner, storage: Storage, submission_id: int) -> Submission:
    def ended() -> bool:
        queue.look()
        return storage.submission(submission_id).state.is_final

    wait_until(ended, f"submission {submission_id} to end")
    return storage.submission(submission_id)


def test_it_runs_what_waits_and_says_what_became_of_it(
    queue: Runner, storage: Storage, script: Script
) -> None:
    (one,) = submit(storage)
    queue.look()
    running = storage.submission(one)
    assert (running.state, running.runner) == (SubmissionState.RUNNING, current_owner())
    assert not is_gone(running.process)
    script.end()
    ended = look_until_ended(queue, storage, one)
    assert (ended.state, ended.exit_code, ended.message) == (
        SubmissionState.ENDED,
        1,
        "error: as it was to be",
    )
    assert script.runs == 1


def test_it_never_runs_more_than_it_may(
    queue: Runner, storage: Storage, script: Script, web_settings: WebSettings
) -> None:
    ids = submit(storage, 4)
    other = Runner(Readers(web_settings.database), replace(web_settings, max_searches=2))
    running, queued = SubmissionState.RUNNING, SubmissionState.QUEUED
    for dashboard in (queue, queue):
        dashboard.look()
        assert states(storage) == [running, queued, queued, queued]
    for dashboard in (other, queue, other):
        dashboard.look()
        assert states(storage) == [running, running, queued, queued]
    script.end()
    for one in ids:
        look_until_ended(queue, storage, one)
    assert script.runs == 4
    by_start = sorted(storage.submissions(), key=lambda one: one.started_at or 0)
    assert [one.submission_id for one in by_start] == ids


def test_a_dashboard_that_takes_nothing_in(
    storage: Storage, script: Script, web_settings: WebSettings
) -> None:
    submit(storage)
    Runner(Readers(web_settings.database), replace(web_settings, max_searches=0)).look()
    assert states(storage) == [SubmissionState.QUEUED]


def test_what_was_cancelled_is_not_run(queue: Runner, storage: Storage, script: Script) -> None:
    first, second = submit(storage, 2)
    storage.cancel_submission(first, "me@here")
    queue.look()
    assert states(storage) == [SubmissionState.CANCELLED, SubmissionState.RUNNING]
    script.end()
    look_until_ended(queue, storage, second)
    assert script.runs == 1


def test_looking_takes_no_lock(
    queue: Runner, storage: Storage, script: Script, web_settings: WebSettings
) -> None:
    """While a search writes, and there is nothing to be run."""
    (one,) = submit(storage)
    script.end()
    look_until_ended(queue, storage, one)
    connection = sqlite3.connect(web_settings.database.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    queue.look()
    connection.close()


@contextmanager
def dashboard(
    web_settings: WebSettings, script: Script, moment: str = ""
) -> Iterator["subprocess.Popen[str]"]:
    """A process with a queue of its own, which is killed at that moment, or else behind the block."""
    fields = {"url": web_settings.database, "exports": str(web_settings.exports), "script": script.text}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.nas.web.queue.mortal", json.dumps({**fields, "moment": moment})],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "up\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("moment", list(MOMENTS))
def test_a_dashboard_that_is_killed_at_any_moment(
    moment: str, queue: Runner, storage: Storage, script: Script, web_settings: WebSettings
) -> None:
    (one,) = submit(storage)
    if moment in ("ended", "told"):
        script.end()
    with dashboard(web_settings, script, moment) as killed:
        assert killed.wait(240) == -9
    left = storage.submission(one)
    assert left.state is (SubmissionState.ENDED if moment == "told" else SubmissionState.RUNNING)
    assert left.runner != current_owner()
    script.end()
    ended = look_until_ended(queue, storage, one)
    assert (ended.exit_code, ended.message) == (1, "error: as it was to be")
    assert script.runs == 1


def test_a_process_outlives_its_dashboard(
    queue: Runner, storage: Storage, script: Script, web_settings: WebSettings
) -> None:
    first, second = submit(storage, 2)
    with dashboard(web_settings, script):
        wait_until(lambda: script.runs == 1, "a run")
    process = storage.submission(first).process
    queue.look()
    adopted = storage.submission(first)
    assert (adopted.runner, adopted.process, adopted.state) == (
        current_owner(),
        process,
        SubmissionState.RUNNING,
    )
    assert storage.submission(second).state is SubmissionState.QUEUED
    script.end()
    assert look_until_ended(queue, storage, first).exit_code == 1
    assert look_until_ended(queue, storage, second).exit_code == 1
    assert script.runs == 2


def test_a_dashboard_that_lives_keeps_what_it_runs(
    queue: Runner, storage: Storage, script: Script, web_settings: WebSettings
) -> None:
    (one,) = submit(storage)
    with dashboard(web_settings, script) as other:
        wait_until(lambda: script.runs == 1, "a run")
        for _ in range(3):
            queue.look()
        assert f":{other.pid}:" in storage.submission(one).runner
        script.end()
        wait_until(lambda: storage.submission(one).state.is_final, "the other one to end it")


def test_a_process_that_nobody_saw_end(
    queue: Runner, storage: Storage, script: Script, web_settings: WebSettings
) -> None:
    (one,) = submit(storage)
    queue.look()
    wait_until(lambda: script.runs == 1, "a run")
    attendant = psutil.Process(int(storage.submission(one).process.split(":")[1]))
    for process in (attendant, *attendant.children()):
        process.kill()
    ended = look_until_ended(queue, storage, one)
    assert (ended.exit_code, ended.message) == (None, f"{KILLED}; search s0 had not begun")
    assert script.runs == 1


class TestOfAnotherMachine:
    """Or of a container that was replaced: nobody can ask whether its processes live."""

    @pytest.fixture
    def left(self, storage: Storage) -> int:
        (one,) = submit(storage)
        assert storage.claim_submission(ELSEWHERE, at_most=1) is not None
        storage.started_submission(one, ELSEWHERE)
        return one

    def test_it_is_left_alone(self, left: int, queue: Runner, storage: Storage) -> None:
        queue.look()
        assert storage.submission(left).state is SubmissionState.RUNNING

    def test_until_it_beats_no_more(
        self, left: int, queue: Runner, storage: Storage, web_settings: WebSettings
    ) -> None:
        place = place_of(web_settings.exports, web_settings.database, left)
        place.make([], {"begun": ""})
        queue.look()
        assert storage.submission(left).state is SubmissionState.RUNNING
        long_ago = time.time() - SILENCE_SECONDS - 1
        os.utime(place.directory / "begun", (long_ago, long_ago))
        queue.look()
        assert storage.submission(left).message == f"{KILLED}; search s0 had not begun"

    def test_or_was_not_heard_of_for_hours(
        self, left: int, queue: Runner, storage: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runner, "UNHEARD_SECONDS", 0.0)
        queue.look()
        ended = storage.submission(left)
        assert (ended.state, ended.exit_code, ended.message) == (SubmissionState.ENDED, None, LOST)


def test_what_cannot_be_run_is_not_tried_again(
    queue: Runner, storage: Storage, web_settings: WebSettings
) -> None:
    bad = storage.add_submission(SubmissionKind.SEARCH, "s", {"data": {"dataset": "/etc"}}, "me@here")
    queue.look()
    ended = storage.submission(bad.submission_id)
    assert (ended.state, ended.exit_code) == (SubmissionState.ENDED, None)
    assert ended.message.startswith("could not be started: body.configuration.data.dataset: expected a name")


def test_what_makes_no_sense_keeps_nothing_else_from_being_run(queue: Runner, storage: Storage) -> None:
    odd = storage.add_submission(SubmissionKind.EXPORT, "s", {"number": "seven"}, "me@here")
    queue.look()
    message = storage.submission(odd.submission_id).message
    assert message.startswith("could not be started: unexpected ValueError: invalid literal")


def test_what_cannot_be_attended_keeps_nothing_else_waiting_and_is_said_once(
    queue: Runner,
    storage: Storage,
    script: Script,
    web_settings: WebSettings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = Runner(Readers(web_settings.database), replace(web_settings, max_searches=2))
    one, two = submit(storage, 2)
    queue.look()
    queue.look()
    script.end()
    ended = place_of(web_settings.exports, web_settings.database, one).directory / "ended.json"
    wait_until(ended.exists, "the first to end")
    ended.write_text("{")
    assert look_until_ended(queue, storage, two).exit_code == 1
    queue.look()
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith(f"queue: submission {one}: unexpected JSONDecodeError")


def test_a_row_that_cannot_be_read_is_no_end_of_the_queue(
    storage: Storage, script: Script, web_settings: WebSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(runner, "AWAY_SECONDS", 0.05)
    broken = (
        "INSERT INTO nas_submissions (kind, search, arguments, state, submitted_by, submitted_at, started_at, "
        "runner, process, message) VALUES ('search', 'x', '{', 'running', 'me', 0, 0, 'x', '', '')"
    )
    with sqlite3.connect(web_settings.database.removeprefix("sqlite:///")) as connection:
        connection.execute(broken)
    connection.close()
    readers = Readers(web_settings.database)
    queue = Runner(readers, replace(web_settings, max_searches=2))
    queue.start()
    wait_until(lambda: bool(queue._warned), "the queue to stumble")
    assert queue._thread.is_alive()
    queue.close()
    readers.close()


def test_a_full_disk_is_tried_again_a_few_times(
    queue: Runner,
    storage: Storage,
    script: Script,
    web_settings: WebSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (one,) = submit(storage)
    monkeypatch.setattr(runner, "orders_of", lambda *_: Orders((sys.executable,), {"no/such/directory": ""}))
    for _ in range(MOST_STARTS - 1):
        queue.look()
        assert storage.submission(one).state is SubmissionState.RUNNING
    queue.look()
    assert storage.submission(one).message.startswith("could not be started: [Errno 2]")


def test_a_directory_that_cannot_be_used_is_no_end_of_the_queue(
    queue: Runner, storage: Storage, script: Script, web_settings: WebSettings
) -> None:
    (one,) = submit(storage)
    queue.look()
    web_settings.exports.rename(web_settings.exports.with_name("moved"))
    web_settings.exports.write_text("in the way")
    queue.look()
    assert storage.submission(one).state is SubmissionState.RUNNING
    web_settings.exports.unlink()
    web_settings.exports.with_name("moved").rename(web_settings.exports)
    script.end()
    assert look_until_ended(queue, storage, one).exit_code == 1


def test_a_database_that_is_away_is_looked_for_again(
    storage: Storage, script: Script, web_settings: WebSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(runner, "AWAY_SECONDS", 0.05)
    file = Path(web_settings.database.removeprefix("sqlite:///"))
    readers = Readers(web_settings.database)
    file.rename(file.with_suffix(".elsewhere"))
    with pytest.raises(StorageError):
        Runner(readers, web_settings).look()
    queue = Runner(readers, web_settings)
    queue.start()
    wait_until(lambda: queue._is_away, "the queue to miss it")
    file.with_suffix(".elsewhere").rename(file)
    (one,) = submit(storage)
    script.end()
    wait_until(lambda: storage.submission(one).state.is_final, "the end of a run")
    queue.close()
    readers.close()
    assert not queue._thread.is_alive()
