"""`nas search`: options of the configuration, a whole search, and what is refused before anything starts."""

from pathlib import Path
from textwrap import dedent

import pytest

from nas.cli.nested import nested_options
from nas.cli.search import search
from nas.config import SearchConfig, load_config
from nas.storage.open import open_storage
from nas.storage.records import SearchState
from tests.nas.cli.calling import TINY, Call

OWN_SPACE = """
    from dataclasses import dataclass
    from typing import ClassVar

    from search_spaces.registry import space
    from search_spaces.spaces.toy import ToySpace


    @space
    @dataclass(frozen=True)
    class Mine(ToySpace):
        name: ClassVar[str] = "{name}"
    """


def test_every_option_leads_to_a_key_of_the_configuration() -> None:
    elsewhere = {"config", "resume", "settings"}
    for parameter in search.params:
        assert parameter.name is not None
        if parameter.name not in elsewhere:
            model: object = SearchConfig
            for part in parameter.name.split("__"):
                assert part in model.model_fields, parameter.name  # type: ignore[attr-defined]
                model = model.model_fields[part].annotation  # type: ignore[attr-defined]


def test_a_search_ends_with_its_summary_and_says_each_trial(call: Call, database: str) -> None:
    ended = call("search", "--db", database, "--trials", 3, "--seed", 7, *TINY)
    assert ended.code == 0
    assert ended.out.startswith("Search search: 3 trials completed, ")
    assert [line.split(":")[0] for line in ended.err.splitlines()] == [
        "trial 0 done", "trial 1 done", "trial 2 done", "ended",
    ]  # fmt: skip
    with open_storage(database, read_only=True) as storage:
        record = storage.search("search")
    assert (record.state, record.seed, record.completed) == (SearchState.COMPLETED, 7, 3)


def test_the_configuration_file_is_used_and_options_win(call: Call, database: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f'name = "mine"\nseed = 4\ndatabase = "{database}"\n[budget]\ntrials = 9\n')
    assert call("search", file, "--trials", 1, *TINY).code == 0
    with open_storage(database, read_only=True) as storage:
        record = storage.search("mine")
    assert (record.seed, record.trial_budget, record.created) == (4, 1, 1)


def test_a_name_that_is_taken_is_refused_before_anything_starts(call: Call, finished_database: str) -> None:
    ended = call("search", "--name", "tiny", "--db", finished_database, *TINY)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: search 'tiny' exists in sqlite:///")
    assert "--resume" in ended.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--strategy", "reinforc"], "Did you mean 'reinforce'?"),
        (["--space", "cel"], "Did you mean 'cell'?"),
        (["--dataset", "/nowhere"], "a path that does not exist"),
        (["--trials", "0"], "--trials: expected a whole number from 1 to 1,000,000, got '0'"),
        (["--set", "recipe.epoch=3"], "recipe.epoch: not a known key"),
        (["--set", "strategy.settings.warmth=3"], "warmth: not a known setting"),
        (["--space", "toy", "--max-params", "10"], "the smallest that space 'toy' has"),
        (["--plugin", "missing.py"], "plugin missing.py: expected a Python file"),
        (["--db", "mysql://me:secret@host/nas"], "expected sqlite:///FILE or"),
        (["missing.toml"], "missing.toml: expected a configuration file"),
    ],
)
def test_bad_input_is_one_line_and_starts_nothing(
    arguments: list[str], expected: str, call: Call, database: str
) -> None:
    ended = call("search", "--backend", "local", "--db", database, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert expected in ended.err
    assert "secret" not in ended.err
    if "--db" not in arguments and Path(database.removeprefix("sqlite:///")).exists():
        with open_storage(database, read_only=True) as storage:
            assert storage.searches() == []


def test_a_space_can_come_from_a_file(call: Call, database: str, tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text(dedent(OWN_SPACE.format(name="own")))
    ended = call("search", "--db", database, "--trials", 1, *TINY, "--space", file)
    assert ended.code == 0, ended.err
    with open_storage(database, read_only=True) as storage:
        record = storage.search("search")
    assert record.space == "own"
    assert call("show", "search", "0", "--db", database).code == 0


def test_a_file_without_a_space_of_its_own_is_no_space(call: Call, database: str, tmp_path: Path) -> None:
    file = tmp_path / "nothing.py"
    file.write_text("")
    ended = call("search", "--db", database, "--space", file)
    assert ended.code == 2
    assert f"expected one @space class in {file}, got none" in ended.err


def test_the_documented_nesting_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAS_BUDGET__TRIALS", "5")
    assert load_config().budget.trials == 5
    assert load_config(options=nested_options({"budget__trials": 6}, [])).budget.trials == 6
