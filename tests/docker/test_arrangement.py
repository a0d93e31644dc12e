"""The arrangement without containers: PostgreSQL, a Ray head, two nodes, the migration, the dashboard, a search."""

import socket
from typing import Any

import httpx
import pytest

from tests.docker.arrangement import Arrangement, found_in
from tests.faults.scenes import wait_until
from tests.nas.storage.postgresql import Server
from tests.nas.web.test_metrics import figure, parsed

pytestmark = pytest.mark.slow

TRIALS = 8
ADDRESS = r"http://127\.0\.0\.1:\d+"
CONFIGURATION: dict[str, Any] = {
    "name": "tiny",
    "space": {"name": "toy"},
    "strategy": {"name": "evolution:small"},
    "data": {"max_train_images": 100},
    "recipe": {"epochs": 20},
    "final": {"epochs": 1},
    "budget": {"trials": TRIALS, "time": None},
    "workers": {"count": 2},
}
ONE_EACH = {"--num-cpus=2": "--num-cpus=1"}
"""So that two workers need both nodes."""
ON_LOOPBACK = {
    "--host=0.0.0.0": "--host=127.0.0.1",
    "--port=8765": "--port=0",
    "--exports=/exports": "--exports=exports",
}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_search_is_handed_in_trained_on_two_nodes_and_followed(server: Server) -> None:
    with Arrangement(server, free_port()) as arrangement:
        head = arrangement.start("ray-head")
        assert "up to date" in arrangement.run("migrate")
        wait_until(found_in(head, "block forever"), "the head")
        assert arrangement.is_healthy("ray-head")
        nodes = [arrangement.start("worker-cpu", name, ONE_EACH) for name in ("first", "second")]
        token = arrangement.run("dashboard", "nas", "token", "create", "me", "--scope", "write").strip()
        dashboard = arrangement.start("dashboard", changed=ON_LOOPBACK)
        for log in (*nodes, dashboard):
            wait_until(found_in(log, "block forever"), f"a node, see {log}")
        wait_until(lambda: _answers(found_in(dashboard, ADDRESS)()), "the dashboard")
        address = found_in(dashboard, ADDRESS)()
        assert address is not None
        assert httpx.get(f"{address}/api/v1/searches").status_code == 401
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=address, headers=headers, timeout=120) as client:
            _follow_a_search(client)


def _answers(address: str | None) -> bool:
    try:
        return address is not None and httpx.get(f"{address}/healthz").status_code == 200
    except httpx.TransportError:  # it is being started again
        return False


def _follow_a_search(client: httpx.Client) -> None:
    submitted = client.post("/api/v1/searches", json={"configuration": CONFIGURATION})
    assert submitted.status_code == 202, submitted.text
    place = submitted.headers["Location"]
    path = "/api/v1/searches/tiny"

    def has_begun() -> bool:
        answer = client.get(place).json()
        assert answer["exit_code"] in (None, 0), answer
        return client.get(path).status_code == 200

    wait_until(has_begun, "the search")
    seen, workers = [], set[str]()
    with client.stream("GET", f"{path}/stream", params={"after": 0}) as stream:
        for line in stream.iter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                seen.append(value)
            elif name == "data" and seen[-1] == "started":
                workers |= {row["node"] for row in client.get(f"{path}/workers").json()["data"]}
            if seen.count("finished") == TRIALS:
                break
    wait_until(lambda: client.get(place).json()["state"] == "ended", "the end of its process")
    assert client.get(place).json()["exit_code"] == 0, client.get(place).json()
    assert client.get(path).json()["state"] == "completed"
    assert len(workers - {""}) == 2
    assert (seen.count("started"), seen.count("finished")) == (TRIALS, TRIALS)
    figures = parsed(client.get("/metrics").text)
    assert figure(figures, "nas_search_trials", search="tiny", state="completed") == TRIALS
    assert figure(figures, "nas_trial_training_seconds_count", search="tiny") == TRIALS
    assert client.get("/readyz").json() == {"status": "ok"}
