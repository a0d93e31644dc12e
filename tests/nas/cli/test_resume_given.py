"""`nas search --resume` with a configuration file, variables and options: what may be said anew, and what may not."""

from pathlib import Path
from textwrap import dedent

import pytest

from nas.storage.open import open_storage
from nas.storage.records import SearchRecord
from tests.nas.cli.calling import TINY, Call
from tests.nas.cli.test_search import OWN_SPACE


def read(database: str, name: str = "search") -> SearchRecord:
    with open_storage(database, read_only=True) as storage:
        return storage.search(name)


@pytest.fixture
def written(database: str, call: Call, tmp_path: Path) -> Path:
    """The configuration file of a search of two trials that is done."""
    file = tmp_path / "search.toml"
    file.write_text(
        dedent(
            f"""
            database = "{database}"
            seed = 4
            [budget]
            trials = 2
            [workers]
            backend = "local"
            [space]
            name = "toy"
            [strategy]
            name = "random"
            [data]
            max_train_images = 100
            [recipe]
            epochs = 1
            """
        )
    )
    ended = call("search", file)
    assert ended.code == 0, ended.err
    return file


def test_the_file_it_was_begun_with_changes_nothing(written: Path, database: str, call: Call) -> None:
    ended = call("search", written, "--resume", "search")
    assert ended.code == 0, ended.err
    assert "search search is already complete" in ended.err
    assert read(database).trial_budget == 2


def test_an_option_extends_it_and_the_file_does_not_take_that_back(
    written: Path, database: str, call: Call
) -> None:
    assert call("search", written, "--resume", "search", "--trials", 3).code == 0
    assert read(database).trial_budget == 3
    assert "already complete" in call("search", written, "--resume", "search").err
    assert read(database).trial_budget == 3


def test_a_larger_budget_in_the_file_extends_it(written: Path, database: str, call: Call) -> None:
    written.write_text(written.read_text().replace("trials = 2", "trials = 4"))
    assert call("search", written, "--resume", "search").code == 0
    assert (read(database).trial_budget, read(database).completed) == (4, 4)


def test_whoever_works_may_be_others(written: Path, database: str, call: Call) -> None:
    options = [
        "--workers",
        3,
        "--set",
        "workers.silence=60",
        "--grace",
        "5m",
        "--db-timeout",
        "2m",
        "--no-wait",
    ]
    ended = call("search", written, "--resume", "search", "--trials", 3, *options)
    assert ended.code == 0, ended.err
    assert read(database).completed == 3


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("seed = 4", "seed = 5", "seed: 4 in the search, 5 now"),
        ("epochs = 1", "epochs = 2", "recipe.epochs: 1 in the search, 2 now"),
        ('"random"', '"grid"', "strategy.name: 'random' in the search, 'grid' now"),
        ("= 100", "= 90", "data.max_train_images: 100 in the search, 90 now"),
    ],
)
def test_what_differs_in_the_file_is_named(
    before: str, after: str, named: str, written: Path, database: str, call: Call
) -> None:
    written.write_text(written.read_text().replace(before, after))
    ended = call("search", written, "--resume", "search", "--trials", 3)
    assert ended.code == 2
    assert (
        f"error: search 'search': expected what it was begun with, got {named}; leave that out" in ended.err
    )
    assert (read(database).trial_budget, read(database).created) == (2, 2)


def test_variables_count_as_well(
    written: Path, database: str, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAS_SEED", "9")
    ended = call("search", "--resume", "search", "--trials", 3, "--db", database)
    assert ended.code == 2
    assert "seed: 4 in the search, 9 now" in ended.err


def test_a_file_that_is_not_there_is_refused(written: Path, database: str, call: Call) -> None:
    ended = call("search", "a.toml", "--resume", "search", "--db", database)
    assert ended.code == 2
    assert "a.toml: expected a configuration file" in ended.err


def test_a_plugin_that_was_changed_is_noticed(database: str, call: Call, tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text(dedent(OWN_SPACE.format(name="own")))
    begun = call("search", "--db", database, "--trials", 1, *TINY, "--space", file)
    assert begun.code == 0, begun.err
    again = ["search", "--resume", "search", "--db", database, "--space", file, "--trials"]
    _forget()
    ended = call(*again, 2)
    assert ended.code == 0, ended.err
    _forget()
    file.write_text(f"{file.read_text()}\n# another thought\n")
    refused = call(*again, 3)
    assert refused.code == 2
    expected = "its space 'own' has changed since it was started: expected its plugin files as they were"
    assert expected in refused.err
    assert read(database).trial_budget == 2


def test_a_plugin_may_lie_elsewhere(database: str, call: Call, tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text(dedent(OWN_SPACE.format(name="own")))
    assert call("search", "--db", database, "--trials", 1, *TINY, "--space", file).code == 0
    (tmp_path / "new").mkdir()
    moved = file.rename(tmp_path / "new" / "own.py")
    again = ["search", "--resume", "search", "--db", database, "--trials", 2]
    _forget()
    lost = call(*again)
    assert (lost.code, read(database).trial_budget) == (2, 1), lost.err
    _forget()
    found = call(*again, "--plugin", moved)
    assert found.code == 0, found.err
    assert read(database).completed == 2


def _forget() -> None:
    """Has the next command load plugins anew, as a process of its own would."""
    from search_spaces import registry

    registry._plugins.clear()
    registry.SPACES.pop("own", None)


def test_pictures_that_were_added_are_noticed(
    database: str, call: Call, digits_folder: Path, tmp_path: Path
) -> None:
    import shutil

    folder = tmp_path / "photos"
    shutil.copytree(digits_folder, folder)
    options = [option for option in TINY if option not in ("--train-images", "100")]
    begun = call("search", "--db", database, "--dataset", folder, "--trials", 1, *options)
    assert begun.code == 0, begun.err
    first = min((folder / "train").rglob("*.png"))
    shutil.copy(first, first.with_name("more.png"))
    ended = call("search", "--resume", "search", "--db", database, "--trials", 2)
    assert ended.code == 2
    assert "has changed since it was started" in ended.err
    assert read(database).trial_budget == 1
