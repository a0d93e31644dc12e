"""`nas list`, `nas leaderboard` and `nas show` on a finished search."""

import json
import math
from dataclasses import asdict, fields, replace

import pytest

from nas.storage.open import open_storage
from nas.trial import Trial
from tests.nas.cli.calling import Call
from tests.nas.storage.examples import SEARCH, UPDATE, begin, live, run_trial


def accuracies(database: str) -> dict[int, float]:
    with open_storage(database, read_only=True) as storage:
        trials = storage.trials(storage.search("tiny").search_id)
    return {trial.number: trial.validation_accuracy or 0.0 for trial in trials}


def test_list(call: Call, finished_database: str) -> None:
    ended = call("list", "--db", finished_database)
    header, row = ended.out.splitlines()
    assert ended.code == 0
    assert header.split()[:2] == ["search", "state"]
    assert row.split()[:5] == ["tiny", "completed", "5", "0", "5"]


def test_list_as_json(call: Call, finished_database: str) -> None:
    (search,) = json.loads(call("list", "--db", finished_database, "--json").out)
    assert (search["name"], search["completed"], search["space"]) == ("tiny", 5, "toy")


@pytest.fixture
def two_searches(database: str) -> str:
    """A database with "odd", of another version, that has one trial, and "even", for a front, that has none."""
    with open_storage(database) as storage:
        odd = storage.create_search(replace(SEARCH, name="odd", config={"name": "odd", "colour": "red"}))
        run_trial(storage, storage.acquire(odd.search_id, "host7:1:1", seconds=30), 0.5)
        front = {"reward": {"objectives": ["accuracy", "-params"]}}
        storage.create_search(replace(SEARCH, name="even", config={"name": "even", **front}))
    return database


def test_a_search_that_this_version_cannot_read_is_listed_all_the_same(call: Call, two_searches: str) -> None:
    ended = call("list", "--db", two_searches, "--json")
    assert ended.code == 0
    listed = [(row["name"], row["best_number"], row["failures"]) for row in json.loads(ended.out)]
    assert listed == [("even", None, {}), ("odd", 0, {})]
    assert ended.err.startswith("warning: search 'odd': its stored configuration: colour: not a known key")
    assert ended.err.count("\n") == 1
    assert "of what" not in call("list", "--db", two_searches).out


def test_a_leaderboard_of_nothing_says_so(call: Call, two_searches: str) -> None:
    assert call("leaderboard", "even", "--db", two_searches) == (0, "no trial is completed yet\n", "")


def test_the_database_can_be_named_by_a_variable(
    call: Call, finished_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAS_DATABASE", finished_database)
    assert call("list").out == call("list", "--db", finished_database).out != ""


def test_leaderboard_is_sorted_and_cut(call: Call, finished_database: str) -> None:
    ended = call("leaderboard", "tiny", "--db", finished_database, "--top", 3, "--json")
    listed = [(row["number"], row["validation_accuracy"]) for row in json.loads(ended.out)]
    expected = sorted(accuracies(finished_database).items(), key=lambda item: (-item[1], item[0]))
    assert listed == expected[:3]


def test_leaderboard_as_text(call: Call, finished_database: str) -> None:
    lines = call("leaderboard", "tiny", "--db", finished_database).out.splitlines()
    assert len(lines) == 6
    assert lines[0].split()[0] == "trial"
    assert all(" toy:" in line for line in lines[1:])


def test_show_tells_how_the_search_went_and_what_it_found(call: Call, finished_database: str) -> None:
    ended = call("show", "tiny", "--db", finished_database)
    best = max(accuracies(finished_database).values())
    assert ended.code == 0
    assert ended.out.startswith("tiny is completed: controller in space toy on digits, seed 0, since ")
    assert f"{100 * best:.1f} %\n" in ended.out
    assert "Normal cell" in ended.out
    assert f"nas compare tiny --db {finished_database}" in ended.out


def test_show_as_json(call: Call, finished_database: str) -> None:
    shown = json.loads(call("show", "tiny", "--db", finished_database, "--json").out)
    assert shown["config"]["space"]["name"] == "toy"
    assert "database" not in shown["config"]
    assert [contender["label"] for contender in shown["contenders"]] == ["controller (5)"]
    assert shown["trainings"] == shown["exports"] == []


def test_show_a_trial(call: Call, finished_database: str) -> None:
    ended = call("show", "tiny", 2, "--db", finished_database)
    facts = dict(line.split("  ", 1) for line in ended.out.split("\n\n")[1].splitlines())
    assert ended.out.startswith("Trial 2 of search tiny\n")
    assert facts["validation accuracy"].strip() == f"{100 * accuracies(finished_database)[2]:.1f} %"
    assert facts["policy version"].strip() == "0"
    assert "failure" not in facts
    assert "epoch  training loss" in ended.out
    assert "architecture toy:" in ended.out.splitlines()[-1]


def test_show_the_decisions_of_a_trial(call: Call, finished_database: str) -> None:
    header, *lines = call("show", "tiny", 2, "--decisions", "--db", finished_database).out.splitlines()
    assert header.split() == ["decision", "chosen", "probability", "uniform"]
    trial = json.loads(call("show", "tiny", 2, "--db", finished_database, "--json").out)
    assert [line.split()[0] for line in lines] == list(trial["decisions"])
    likely = [math.exp(logarithm) for logarithm in trial["decision_log_probabilities"]]
    assert [line.split("  ")[-2].strip() for line in lines] == [f"{100 * one:.1f} %" for one in likely]
    alone = call("show", "tiny", "--decisions", "--db", finished_database)
    assert (alone.code, alone.out) == (2, "")
    assert "--decisions: expected the number of a trial" in alone.err


def test_show_a_trial_as_json_has_every_field(call: Call, finished_database: str) -> None:
    trial = json.loads(call("show", "tiny", 2, "--db", finished_database, "--json").out)
    assert set(trial) == {field.name for field in fields(Trial)} | {"decisions"}
    assert trial["validation_accuracy"] == accuracies(finished_database)[2]
    assert len(trial["decisions"]) == len(trial["architecture"]["tokens"])


def test_names_and_numbers_that_are_not_there(call: Call, finished_database: str) -> None:
    for arguments, expected in (
        (("show", "tinny"), "search 'tinny' is not in"),
        (("leaderboard", "tinny"), "Did you mean 'tiny'?"),
        (("show", "tiny", 99), "expected a number from 0 to 4, got 99"),
        (("draw", "tiny", 99), "expected a number from 0 to 4, got 99"),
    ):
        ended = call(*arguments, "--db", finished_database)
        assert (ended.code, ended.out) == (2, "")
        assert expected in ended.err
        assert ended.err.count("\n") == 1


def test_reading_makes_no_database(call: Call, database: str) -> None:
    assert call("draw", "a", "--db", database).code == 2  # may be something else than a search
    for command in (["list"], ["show", "a"], ["leaderboard", "a"]):
        ended = call(*command, "--db", database)
        assert ended.code == 3
        assert "expected a database, got no such file" in ended.err


def test_steps_of_the_controller_with_what_their_numbers_say(call: Call, database: str) -> None:
    with open_storage(database) as storage:
        _, lease = begin(storage)
        live(storage, lease, 0)
        live(storage, lease, 1)
    ended = call("show", SEARCH.name, "--updates", "--db", database)
    header, *rows = ended.out.split("\n\n")[0].splitlines()
    assert ended.code == 0
    assert [row.split()[:3] for row in rows] == [["1", "1", "32"], ["2", "1", "32"]]
    assert [line.split()[0] for line in ended.out.split("\n\n")[1].splitlines()] == header.split()

    told = json.loads(call("show", SEARCH.name, "--updates", "--json", "--db", database).out)
    expected = [asdict(replace(UPDATE, version=version, trials=(version - 1,))) for version in (1, 2)]
    assert told == json.loads(json.dumps(expected))


def test_a_search_without_a_policy_has_no_steps_and_a_trial_has_none_either(
    call: Call, finished_database: str
) -> None:
    without = call("show", "tiny", "--updates", "--db", finished_database)
    assert without.out == "tiny: strategy controller has taken no step of a policy\n"
    both = call("show", "tiny", "3", "--updates", "--db", finished_database)
    assert both.code == 2
    assert "--updates: expected a search alone, got trial 3 as well" in both.err
