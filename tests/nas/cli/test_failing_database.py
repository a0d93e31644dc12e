"""A whole search whose database fails at one step, at each in turn: it ends as if nothing had happened."""

import json
from pathlib import Path

import pytest

from nas.storage.check import check
from nas.storage.open import open_storage
from tests.nas.cli.calling import TINY, Call
from tests.nas.storage.breaking import Breaking, break_everywhere

SEARCH = ("search", "--name", "tiny", "--trials", "3", "--seed", "5", *TINY, "--db")
KEPT = (
    "architecture",
    "reward",
    "validation_loss",
    "log_probability",
    "decision_log_probabilities",
    "attempts",
    "asked_event",
    "told_event",
)


def found(call: Call, url: str) -> list[tuple[object, ...]]:
    """What must be the same however often the database failed."""
    trials = [json.loads(call("show", "tiny", str(number), "--json", "--db", url).out) for number in range(3)]
    return [tuple(trial[key] for key in KEPT) for trial in trials]


@pytest.mark.parametrize(
    ("kind", "every"),
    [
        ("sqlite", 49),
        pytest.param("sqlite", 3, marks=pytest.mark.faults),
        pytest.param("postgresql", 7, marks=pytest.mark.faults),
    ],
)
def test_whichever_step_fails(
    kind: str, every: int, call: Call, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    urls: list[str] = []

    def make_tables() -> None:
        """Out of reach of the failures: that they are made whole is tested elsewhere."""
        if kind == "sqlite":
            urls.append(f"sqlite:///{tmp_path}/{len(urls)}.db")
        else:
            urls.append(request.getfixturevalue("server").new_database())
        open_storage(urls[-1]).close()

    def run() -> None:
        done = call(*SEARCH, urls[-1])
        assert done.code == 0, done.err

    def same(breaking: Breaking) -> None:
        step = breaking.steps[breaking.at - 1]
        assert check(urls[-1]) == [], step
        assert found(call, urls[-1]) == undisturbed, step
        make_tables()

    make_tables()
    run()
    undisturbed = found(call, urls[-1])
    make_tables()
    assert break_everywhere(run, same, every=every) > 100 / every
