"""The real thing: `nas dashboard`, searches handed in over its API, and a dashboard that is killed meanwhile."""

import io
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from nas.storage.open import open_storage
from nas.storage.records import SearchState
from nas.trial import TrialState
from tests.faults.scenes import wait_until
from tests.nas.cli.calling import spawn

TRIALS = 12
CONFIGURATION: dict[str, Any] = {
    "name": "tiny",
    "space": {"name": "toy"},
    "strategy": {"name": "evolution:small"},
    "data": {"max_train_images": 100},
    "recipe": {"epochs": 40},
    "final": {"epochs": 1},
    "budget": {"trials": TRIALS, "time": None},
    "workers": {"backend": "local"},
}


@contextmanager
def dashboard(directory: Path) -> Iterator[tuple["subprocess.Popen[str]", httpx.Client]]:
    """Serves the database of a directory; killed behind the block where it has not ended before."""
    url, exports = f"sqlite:///{directory / 'nas.db'}", str(directory / "exports")
    process = spawn("dashboard", "--db", url, "--port", "0", "--exports", exports, stdout=subprocess.PIPE)
    with process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[3].rstrip(",")
            with httpx.Client(base_url=f"{address}/api/v1", timeout=120) as client:
                yield process, client
        finally:
            process.kill()


def submitted(answer: httpx.Response) -> str:
    assert answer.status_code == 202, answer.text
    return str(answer.headers["Location"].removeprefix("/api/v1"))


def look(client: httpx.Client, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def finished(client: httpx.Client, name: str) -> int:
    answer = client.get(f"/searches/{name}")
    return int(answer.json()["completed"]) if answer.status_code == 200 else 0


@pytest.mark.slow
def test_a_search_outlives_its_dashboard_and_is_resumed_and_handed_over(tmp_path: Path) -> None:
    with dashboard(tmp_path) as (process, client):
        search = submitted(client.post("/searches", json={"configuration": CONFIGURATION}))
        wait_until(lambda: finished(client, "tiny") >= 2, "two trials")
        process.kill()
        process.wait()
    with dashboard(tmp_path) as (process, client):
        wait_until(lambda: look(client, search)["state"] == "ended", "the search to end")
        assert look(client, search)["exit_code"] == 0
        assert (
            look(client, search)["message"] == f"search tiny is completed: {TRIALS} of {TRIALS} trials done"
        )
        longer = submitted(client.post("/searches/tiny/resume", json={"trials": TRIALS + 2}))
        best = submitted(client.post("/searches/tiny/exports", json={}))
        wait_until(lambda: look(client, longer)["state"] == "ended", "the search to end once more")
        wait_until(lambda: look(client, best)["state"] == "ended", "a network to be handed over")
        number = look(client, "/searches/tiny")["best"]["number"]
        assert [look(client, one)["exit_code"] for one in (longer, best)] == [0, 0]
        assert look(client, best)["message"] == f"trial {number} is handed over: tiny-best"
        (export,) = look(client, "/exports")["data"]
        archive = zipfile.ZipFile(io.BytesIO(client.get(f"/exports/{export['id']}/archive").content))
        assert {"tiny-best/model.onnx", "tiny-best/MODEL_CARD.md"} <= set(archive.namelist())
        process.send_signal(signal.SIGTERM)
        assert process.wait(240) == 0
    check(tmp_path)


def check(directory: Path) -> None:
    """Nothing was trained twice, and nobody else can read what was written."""
    with open_storage(f"sqlite:///{directory / 'nas.db'}", read_only=True) as storage:
        record = storage.search("tiny")
        trials = storage.trials(record.search_id)
        assert record.state is SearchState.COMPLETED
        assert [trial.number for trial in trials] == list(range(TRIALS + 2))
        assert {(trial.state, trial.attempts) for trial in trials} == {(TrialState.COMPLETED, 1)}
    assert record.epoch <= 8  # taken and given back by one driver after the other
    assert [path for path in directory.rglob("*") if path.stat().st_mode & 0o077] == []


@pytest.mark.slow
def test_a_search_that_is_stopped_says_so(tmp_path: Path) -> None:
    with dashboard(tmp_path) as (_, client):
        endless = {
            **CONFIGURATION,
            "recipe": {"epochs": 10_000},
            "workers": {"backend": "process", "count": 1},
        }
        search = submitted(client.post("/searches", json={"configuration": endless}))
        wait_until(lambda: client.get("/searches/tiny").status_code == 200, "the search to be there")
        wait_until(lambda: look(client, "/searches/tiny")["is_driven"], "a driver")
        assert client.post("/searches/tiny/commands", json={"kind": "stop"}).status_code == 202
        wait_until(lambda: look(client, search)["state"] == "ended", "the search to stop")
        assert look(client, search)["exit_code"] == 130
        assert look(client, search)["message"].splitlines()[-1].startswith("stopped: 0 of 12 trials done")
