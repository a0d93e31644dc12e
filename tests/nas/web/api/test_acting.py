"""A real search, driven by another process, does what it is asked over the API, and says so."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from nas.storage.open import open_storage
from nas.web.app import build_app
from nas.web.settings import WebSettings

ADDRESS = "/api/v1/searches/chaos"
PATIENCE_SECONDS = 120.0
"""Of a machine that does other things besides; an answer comes within two seconds where it does not."""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """The service over a search that takes a quarter of a second a trial, and is not done by itself."""
    url = f"sqlite:///{tmp_path / 'nas.db'}"
    with open_storage(url):
        pass
    drive = {"url": url, "trials": 500, "epochs": 2, "epoch_seconds": 0.12}
    command = [sys.executable, "-m", "nas.chaos.driver", json.dumps(drive)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        yield TestClient(build_app(WebSettings(url, port=0)), base_url="http://127.0.0.1")
        assert process.wait(PATIENCE_SECONDS) == 0
    finally:
        process.kill()
        process.communicate()


def wait_for(client: TestClient, address: str, **expected: Any) -> Any:
    """Returns the answer once it has what is expected."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        answer = client.get(address)
        if answer.status_code == 200:
            found = answer.json()
            if all(found[key] == value for key, value in expected.items()):
                return found
        time.sleep(0.1)
    raise AssertionError(f"{address} did not come to {expected}")


def ask(client: TestClient, kind: str, **arguments: Any) -> str:
    """Asks, and returns what the driver answered."""
    answer = client.post(f"{ADDRESS}/commands", json={"kind": kind, "arguments": arguments})
    assert answer.status_code == 202, answer.text
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        command = client.get(answer.headers["location"]).json()
        if command["answer"] is not None:
            return str(command["answer"])
        time.sleep(0.1)
    raise AssertionError(f"nobody answered {kind}")


@pytest.mark.slow
def test_a_running_search_does_what_it_is_asked(client: TestClient) -> None:
    wait_for(client, ADDRESS, is_driven=True)
    assert ask(client, "pause") == "paused"
    assert wait_for(client, ADDRESS, is_held=True)["state"] == "running"
    assert ask(client, "budget", trials=400) == "the budget is 400 trials"
    assert client.get(ADDRESS).json()["trial_budget"] == 400
    assert ask(client, "resume") == "goes on"
    wait_for(client, ADDRESS, is_held=False)
    wait_for(client, f"{ADDRESS}/trials/0", state="completed")
    tokens = client.get(f"{ADDRESS}/trials/0").json()["architecture"]["tokens"]
    assert ask(client, "add", architecture={"space": "toy", "tokens": tokens}).startswith("refused: ")
    other = [1 - token if token < 2 else 0 for token in tokens]
    answer = ask(client, "add", architecture={"space": "toy", "tokens": other})
    number = int(answer.split()[1])
    assert answer == f"trial {number} waits"
    added = wait_for(client, f"{ADDRESS}/trials/{number}", state="completed")
    assert (added["origin"], added["architecture"]["tokens"]) == ("hand", other)
    assert ask(client, "stop") == "stopping"
    wait_for(client, ADDRESS, state="paused")
    assert client.post(f"{ADDRESS}/commands", json={"kind": "pause"}).status_code == 409
    asked = client.get(f"{ADDRESS}/commands").json()["data"]
    assert [command["kind"] for command in asked] == ["stop", "add", "add", "resume", "budget", "pause"]
