"""Trials over the API: the table, and everything about one of them."""

import math
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from nas.config import restore_config
from nas.report.layers import network_sums
from nas.storage.open import open_storage
from search_spaces.profile import layer_table

TRIALS = "/api/v1/searches/first/trials"


def numbers(client: TestClient, **query: object) -> list[int]:
    answer = client.get(f"{TRIALS}?{urlencode(query, doseq=True)}")
    assert answer.status_code == 200, answer.text
    return [trial["number"] for trial in answer.json()["data"]]


def test_the_table_is_that_of_the_storage(client: TestClient, searched: str) -> None:
    with open_storage(searched, read_only=True) as storage:
        best = [trial.number for trial in storage.leaderboard(storage.search("first").search_id, 30)]
    assert numbers(client, limit=27) == best
    assert numbers(client, state="failed", sort="number") == [5, 11, 17]
    assert numbers(client, sort="number", min_number=3, max_number=6) == [3, 4, 5, 6]
    assert numbers(client, sort="-number", origin=["hand", "retry"]) == []


def test_pages_join_to_the_whole(client: TestClient) -> None:
    found: list[int] = []
    cursor = ""
    while True:
        page = client.get(f"{TRIALS}?sort=-parameters&limit=7&cursor={cursor}").json()
        assert page["count"] == 30
        found += [trial["number"] for trial in page["data"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == numbers(client, sort="-parameters", limit=30)
    assert sorted(found) == list(range(30))


@pytest.mark.parametrize(
    "query",
    [
        "sort=nothing",
        "offset=3",
        "limit=0",
        "limit=501",
        "cursor=abc",
        "state=gone",
        "min_reward=nan",
        "max_reward=1e400",
        "min_reward=x",
        f"text={'a' * 201}",
    ],
)
def test_what_cannot_be_asked(client: TestClient, query: str) -> None:
    assert client.get(f"{TRIALS}?{query}").status_code == 422


def test_a_trial_that_failed(client: TestClient) -> None:
    found = client.get(f"{TRIALS}/5").json()
    assert (found["state"], found["failure"], found["reward"]) == ("failed", "error", None)
    assert found["error_text"].endswith("ValueError: <b>job 6</b>")
    attempts = client.get(f"{TRIALS}/5/attempts").json()
    assert attempts["count"] == 1
    assert attempts["data"][0]["state"] == "failed"
    assert "token" not in attempts["data"][0]


def test_a_trial_that_is_completed(client: TestClient) -> None:
    found = client.get(f"{TRIALS}/3").json()
    curve = client.get(f"{TRIALS}/3/epochs").json()
    assert found["origin"] == "strategy"
    assert [epoch["epoch"] for epoch in curve["data"]] == [1, 2, 3, 4]
    assert curve["data"][-1]["validation_accuracy"] == found["validation_accuracy"]
    assert found["worker"] == client.get(f"{TRIALS}/3/attempts").json()["data"][0]["worker"]


@pytest.mark.parametrize("part", ["", "/attempts", "/epochs", "/decisions", "/layers", "/drawing.svg"])
@pytest.mark.parametrize(
    ("number", "status"), [("30", 404), (str(2**63 - 1), 404), (str(2**63), 422), ("-1", 422), ("abc", 422)]
)
def test_numbers_that_no_trial_has(client: TestClient, part: str, number: str, status: int) -> None:
    assert client.get(f"{TRIALS}/{number}{part}").status_code == status


def test_a_mutant_has_a_parent(client: TestClient, searched: str) -> None:
    with open_storage(searched, read_only=True) as storage:
        parents = [trial.parent for trial in storage.trials(storage.search("first").search_id)]
    assert parents[0] is None
    assert parents[29] is not None
    assert [client.get(f"{TRIALS}/{number}").json()["parent"] for number in (0, 29)] == [None, parents[29]]


def test_decisions_of_a_policy_have_the_probability_of_the_draw(client: TestClient) -> None:
    found = client.get("/api/v1/searches/second/trials/7/decisions").json()
    options = math.prod(len(decision["options"]) for decision in found["decisions"])
    assert found["probability"] == pytest.approx(math.exp(found["log_probability"]))
    assert found["probability"] == pytest.approx(1 / options, rel=0.2)  # a policy that has hardly learnt
    single = [decision["probability"] for decision in found["decisions"]]
    assert math.prod(single) == pytest.approx(found["probability"])
    assert single == pytest.approx([math.exp(one["log_probability"]) for one in found["decisions"]])
    assert all(one["option"] == one["options"][one["token"]] for one in found["decisions"])


def test_shares_are_of_the_trials_before(client: TestClient, searched: str) -> None:
    with open_storage(searched, read_only=True) as storage:
        trials = storage.trials(storage.search("first").search_id, limit=11)
    *before, trial = [one.architecture.tokens for one in trials]
    found = client.get(f"{TRIALS}/10/decisions").json()
    assert found["recent_trials"] == 10
    assert found["probability"] is None
    assert {(one["probability"], one["log_probability"]) for one in found["decisions"]} == {(None, None)}
    for position, decision in enumerate(found["decisions"]):
        same = [tokens for tokens in before if tokens[position] == trial[position]]
        assert decision["recent_share"] == pytest.approx(len(same) / 10)
    first = client.get(f"{TRIALS}/0/decisions").json()
    assert first["decisions"][0]["recent_share"] is None


def test_layers_are_those_of_the_network(client: TestClient, searched: str) -> None:
    with open_storage(searched, read_only=True) as storage:
        record = storage.search("first")
        trial = storage.trial(record.search_id, 3)
    assert record.image is not None
    assert record.classes is not None
    space = restore_config(record.config).space.load()
    graph = space.network(trial.architecture, record.image, record.classes)
    found = client.get(f"{TRIALS}/3/layers?batch=8").json()
    sums = network_sums(graph, 8)
    assert {key: found[key] for key in sums} == sums
    assert [layer["name"] for layer in found["layers"]] == [row.name for row in layer_table(graph)]
    assert found["parameters"] == trial.parameters
    parts = client.get(f"{TRIALS}/3/layers?depth=1").json()["layers"]
    assert sum(part["parameters"] for part in parts) == trial.parameters


def test_drawings(client: TestClient) -> None:
    cells = client.get(f"{TRIALS}/3/drawing.svg")
    assert cells.headers["content-type"].startswith("image/svg+xml")
    assert "default-src 'none'" in cells.headers["content-security-policy"]
    assert "<title>trial 3 of first</title>" in cells.text
    network = client.get(f"{TRIALS}/3/drawing.svg?network=true&download=true")
    assert network.headers["content-disposition"] == 'attachment; filename="first-3.svg"'
    assert network.text != cells.text
