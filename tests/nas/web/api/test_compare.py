"""Trials side by side, and where an architecture was trained."""

from collections.abc import Sequence

import pytest
from fastapi.testclient import TestClient

COMPARE = "/api/v1/compare"


def query(trials: Sequence[str]) -> str:
    return "&".join(f"trial={trial}" for trial in trials)


def test_decision_by_decision(client: TestClient) -> None:
    trials = ("first:1", "second:2", "first:4")
    found = client.get(f"{COMPARE}?{query(trials)}").json()
    assert [(one["search"], one["trial"]["number"]) for one in found["trials"]] == [
        ("first", 1),
        ("second", 2),
        ("first", 4),
    ]
    tokens = [one["trial"]["architecture"]["tokens"] for one in found["trials"]]
    assert [one["differs"] for one in found["decisions"]] == [
        len(set(chosen)) > 1 for chosen in zip(*tokens, strict=True)
    ]
    assert found["differences"] == sum(one["differs"] for one in found["decisions"])
    assert not found["is_same_function"]


def test_a_trial_and_itself(client: TestClient) -> None:
    found = client.get(f"{COMPARE}?{query(('first:1', 'first:1'))}").json()
    assert found["differences"] == 0
    assert found["is_same_function"]


def test_drawing_marks_what_differs(client: TestClient) -> None:
    drawn = client.get(f"{COMPARE}/drawing.svg?{query(('first:1', 'second:2'))}")
    assert drawn.status_code == 200
    assert "trial 1 of first" in drawn.text
    assert "trial 2 of second" in drawn.text
    assert client.get(f"{COMPARE}/drawing.svg?{query(('first:1', 'first:2', 'first:3'))}").status_code == 422


@pytest.mark.parametrize(
    ("trials", "status"),
    [
        (("first:1",), 422),
        (("first:1", "first"), 422),
        (("first:1", "first:-1"), 422),
        (("first:1", f"first:{10**18}"), 422),
        (("first:1", "third:1"), 404),
        (("first:1", "first:30"), 404),
        (("first:1",) * 9, 422),
    ],
    ids=["one", "no-number", "minus", "too-long", "no-search", "no-trial", "too-many"],
)
def test_what_cannot_be_compared(client: TestClient, trials: tuple[str, ...], status: int) -> None:
    assert client.get(f"{COMPARE}?{query(trials)}").status_code == status


def test_architectures_by_mean_reward(client: TestClient) -> None:
    found = client.get("/api/v1/architectures?search=first&limit=5").json()["data"]
    best = client.get("/api/v1/searches/first/trials?limit=5").json()["data"]
    assert [one["first_number"] for one in found] == [trial["number"] for trial in best]
    both = client.get("/api/v1/architectures?limit=500").json()["data"]
    assert [one["mean_reward"] for one in both] == sorted((one["mean_reward"] for one in both), reverse=True)
    assert sorted(dict.fromkeys(one["search"] for one in both)) == ["first", "second"]


def test_where_an_architecture_was_trained(client: TestClient) -> None:
    trial = client.get("/api/v1/searches/first/trials/3").json()
    address = f"/api/v1/architectures/{trial['canonical_key']}"
    found = client.get(address).json()["data"]
    assert ("first", 3) in [(one["search"], one["first_number"]) for one in found]
    assert client.get(f"{address}?search=second").status_code in (200, 404)
    assert client.get(f"/api/v1/architectures/{'0' * 32}").status_code == 404
    assert client.get("/api/v1/architectures/..%2f..%2fetc").status_code in (404, 422)
