"""The figures for Prometheus: that they are those of the database, that the format is right, who may read them."""

import math
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from nas.storage.open import open_storage
from nas.storage.owner import current_owner
from nas.storage.records import SubmissionKind, TokenScope, TrialProgress, WorkerRecord
from nas.trial import TrialState
from nas.web.app import build_app
from nas.web.metrics import durations as durations_module
from nas.web.metrics.durations import BOUNDS, Durations
from nas.web.metrics.families import COUNTERS, GAUGES, TRAINING_SECONDS
from nas.web.metrics.room import free_bytes
from nas.web.metrics.searches import MOST_SEARCHES, Searches
from nas.web.settings import WebSettings
from nas.web.tokens import new_token
from tests.docker.tools import promtool
from tests.nas.storage.examples import SEARCH, completed, new_trial, start

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parsed(text: str) -> Figures:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def figure(figures: Figures, name: str, **labels: str) -> float | None:
    return figures.get((name, frozenset(labels.items())))


@contextmanager
def calling(url: str, tmp_path: Path, **settings: bool) -> Iterator[TestClient]:
    app = build_app(WebSettings(url, exports=tmp_path / "exports", **settings))
    yield TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)
    app.state.service.readers.close()


def scraped(client: TestClient) -> Figures:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return parsed(answer.text)


def test_the_searches_are_counted(client: TestClient, searched: str) -> None:
    with open_storage(searched, read_only=True) as storage:
        second = storage.search("second")
        best = storage.trial(second.search_id, second.best_number or 0).reward
        last = max(storage.all_trials(second.search_id), key=lambda trial: trial.finished_at or 0).reward
        update = storage.updates(second.search_id)[-1]
    figures = scraped(client)
    trials = {
        state: figure(figures, "nas_search_trials", search="first", state=state) for state in TrialState
    }
    assert trials == {"waiting": 0, "running": 0, "completed": 27, "failed": 3}
    assert figure(figures, "nas_search_trials_ended_total", search="first", state="failed") == 3
    assert figure(figures, "nas_search_trial_budget", search="second") == 20
    assert figure(figures, "nas_search_best_reward", search="second") == best
    assert figure(figures, "nas_search_last_reward", search="second") == last
    assert figure(figures, "nas_search_policy_entropy", search="second") == update.entropy
    assert figure(figures, "nas_search_policy_loss", search="second") == update.loss
    assert figure(figures, "nas_search_policy_entropy", search="first") is None
    assert figure(figures, "nas_searches", state="completed") == 2
    assert figure(figures, "nas_searches", state="running") == 0
    assert figure(figures, "nas_database_up") == 1
    assert figure(figures, "nas_search_spent_seconds_total", search="first") == pytest.approx(
        _record(searched, "first").spent_seconds
    )


def _record(url: str, name: str):
    with open_storage(url, read_only=True) as storage:
        return storage.search(name)


def test_the_histogram_is_that_of_the_trials(client: TestClient, searched: str) -> None:
    with open_storage(searched, read_only=True) as storage:
        trials = storage.trials(storage.search("first").search_id)
    seconds = [trial.train_seconds for trial in trials if trial.state is TrialState.COMPLETED]
    figures = scraped(client)
    for bound in (*map(str, BOUNDS), "+Inf"):
        wanted = sum(each <= float(bound) for each in seconds)
        assert figure(figures, f"{TRAINING_SECONDS}_bucket", search="first", le=bound) == wanted
    assert figure(figures, f"{TRAINING_SECONDS}_count", search="first") == len(seconds) == 27
    assert figure(figures, f"{TRAINING_SECONDS}_sum", search="first") == pytest.approx(sum(seconds))


def test_of_a_running_search_there_are_its_driver_and_its_workers(searched: str, tmp_path: Path) -> None:
    with open_storage(searched) as storage:
        first = storage.search("first")
        lease = storage.acquire(first.search_id, current_owner(), seconds=60)
        storage.hold(lease, True)
        busy = WorkerRecord("host7:12:cuda:0", "node", 3, 5_000, 7_000, beat_at=time.time() - 100)
        idle = WorkerRecord("host7:13:cpu", "node", None, 6_000, None, beat_at=time.time() + 100)
        storage.record_progress(lease, list[TrialProgress](), [busy, idle])
        with calling(searched, tmp_path) as client:
            figures = scraped(client)
    assert figure(figures, "nas_searches", state="running") == 1
    assert 0 <= (figure(figures, "nas_search_driver_age_seconds", search="first") or math.nan) < 60
    assert figure(figures, "nas_search_driver_age_seconds", search="second") is None
    assert figure(figures, "nas_search_held", search="first") == 1
    assert figure(figures, "nas_search_workers", search="first") == 2
    of_busy, of_idle = ({"search": "first", "worker": each.worker} for each in (busy, idle))
    assert figure(figures, "nas_worker_memory_bytes", **of_busy) == 5_000
    assert figure(figures, "nas_worker_gpu_memory_bytes", **of_busy) == 7_000
    assert figure(figures, "nas_worker_gpu_memory_bytes", **of_idle) is None
    assert 100 <= (figure(figures, "nas_worker_beat_age_seconds", **of_busy) or 0) < 160
    assert figure(figures, "nas_worker_beat_age_seconds", **of_idle) == 0  # its clock is ahead of ours


def test_the_queue(searched: str, tmp_path: Path) -> None:
    with open_storage(searched) as storage:
        for name in "abc":
            storage.add_submission(SubmissionKind.SEARCH, name, {}, "me")
        storage.claim_submission(current_owner(), at_most=1)
    with calling(searched, tmp_path) as client:
        figures = scraped(client)
    assert figure(figures, "nas_queue_submissions", state="queued") == 2
    assert figure(figures, "nas_queue_submissions", state="running") == 1


def test_requests_are_timed_by_the_pattern_of_their_path(client: TestClient) -> None:
    for number in (1, 2):
        client.get(f"/api/v1/searches/first/trials/{number}")
    client.get("/api/v1/searches/none/trials/1")
    client.get("/searches/first")
    client.get("/static/nas.css")
    client.get("/made/up/1")
    client.request("BREW", "/healthz")
    client.get("/healthz", headers={"Host": "elsewhere.example"})
    figures = scraped(client)

    def requests(method: str, route: str, status: str) -> float | None:
        return figure(
            figures, "nas_http_request_duration_seconds_count", method=method, route=route, status=status
        )

    assert requests("GET", "/api/v1/searches/{name}/trials/{number}", "200") == 2
    assert requests("GET", "/api/v1/searches/{name}/trials/{number}", "404") == 1
    assert requests("GET", "/searches/{name}", "200") == 1
    assert requests("GET", "/static", "200") == 1
    assert requests("GET", "other", "404") == 1
    assert requests("other", "/healthz", "405") == 1
    assert "made" not in client.get("/metrics").text


def test_a_name_is_text_whatever_is_in_it(searched: str, tmp_path: Path) -> None:
    name = 'a"} 1\nnas_searches{state="running"} 99 \\ <script>'
    with closing(sqlite3.connect(searched.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("UPDATE nas_searches SET name = ? WHERE name = 'first'", (name,))
    with calling(searched, tmp_path) as client:
        figures = scraped(client)
    assert figure(figures, "nas_search_trials", search=name, state="completed") == 27
    assert figure(figures, "nas_searches", state="running") == 0


def test_there_are_figures_of_so_many_searches_and_no_more(searched: str, tmp_path: Path) -> None:
    with open_storage(searched) as storage:
        for number in range(MOST_SEARCHES):
            storage.create_search(replace(SEARCH, name=f"more{number}"))
        storage.acquire(storage.search("first").search_id, current_owner(), seconds=60)
    with calling(searched, tmp_path) as client:
        figures = scraped(client)
    shown = {dict(labels).get("search") for _, labels in figures} - {None}
    assert len(shown) == MOST_SEARCHES
    assert "first" in shown  # the oldest of all, but it runs
    assert "second" not in shown
    assert figure(figures, "nas_searches_left_out") == 2
    assert figure(figures, "nas_searches", state="created") == MOST_SEARCHES


def test_without_a_database_there_are_the_figures_of_the_process(tmp_path: Path) -> None:
    with calling(f"sqlite:///{tmp_path / 'none.db'}", tmp_path) as client:
        app: FastAPI = client.app
        figures = parsed(app.state.metrics.text().decode())
        assert figure(figures, "nas_database_up") == 0
        assert figure(figures, "nas_stream_clients") == 0
        assert (figure(figures, "nas_exports_free_bytes") or 0) > 0
        assert (figure(figures, "process_resident_memory_bytes") or 0) > 0
        assert not any(name.startswith("nas_search_") for name, _ in figures)


def test_the_database_is_read_once_for_scrapes_that_follow_each_other(app: FastAPI, searched: str) -> None:
    kept, fresh = (Searches(app.state.service, kept_seconds=seconds) for seconds in (3600, 0))
    before = kept.collect(), fresh.collect()
    with open_storage(searched) as storage:
        storage.create_search(SEARCH)
    after = kept.collect(), fresh.collect()
    assert after[0] is before[0]

    def created(families) -> float:
        return next(
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == "nas_searches" and sample.labels["state"] == "created"
        )

    assert (created(after[0]), created(before[1]), created(after[1])) == (0, 0, 1)
    app.state.service.readers.close()


def test_a_token_that_may_read_is_enough_and_needed(searched: str, tmp_path: Path) -> None:
    with open_storage(searched) as storage:
        token, _ = new_token(storage, "prometheus", TokenScope.READ, "me@here")
    with calling(searched, tmp_path, require_token=True) as client:
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_what_is_running_is_taken_in_when_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durations_module, "AT_ONCE", 2)
    monkeypatch.setattr(durations_module, "MOST_AT_A_LOOK", 4)
    with open_storage(f"sqlite:///{tmp_path / 'nas.db'}") as storage:
        record = storage.create_search(SEARCH)
        lease = storage.acquire(record.search_id, current_owner(), seconds=60)
        trials = storage.add_trials(lease, [new_trial(number) for number in range(7)])
        followed, seen = Durations(), []

        def follow() -> float:
            followed.follow(storage, storage.search(record.name))
            return followed.buckets()[-1][1]

        for number in (6, 0, 3):
            running = start(storage, lease, trials[number])
            outcome = replace(completed(running), train_seconds=10.0 * number)
            storage.finish_trial(lease, running.trial_id, outcome, number / 10)
            seen.append(follow())
    assert seen == [0, 2, 3]  # the first look ends before number 6
    assert followed.seconds == 90.0
    assert followed.last_reward == 0.3
    assert dict(followed.buckets())["30.0"] == 2


def test_room_is_that_of_the_disk_where_the_directory_would_be(tmp_path: Path) -> None:
    room, wanted = free_bytes(tmp_path / "not" / "yet"), shutil.disk_usage(tmp_path).free
    assert room is not None
    assert room == pytest.approx(wanted, rel=0.1)


def test_promtool_finds_nothing(client: TestClient, searched: str) -> None:
    with open_storage(searched) as storage:
        lease = storage.acquire(storage.search("first").search_id, current_owner(), seconds=60)
        worker = WorkerRecord("host7:12:cuda:0", "node", 3, 5_000, 7_000, beat_at=time.time())
        storage.record_progress(lease, list[TrialProgress](), [worker])
    client.get("/healthz")
    answer = client.get("/metrics").text
    figures = parsed(answer)
    assert {*GAUGES, *COUNTERS, f"{TRAINING_SECONDS}_count"} <= {name for name, _ in figures}
    checked = subprocess.run(
        [promtool(), "check", "metrics"], input=answer, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
