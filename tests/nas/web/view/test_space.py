"""What tokens stand for, of spaces that are here, that have changed and that are gone."""

from pathlib import Path

import pytest

from nas.config import SearchConfig
from nas.storage.records import SearchRecord
from nas.web.view.space import config_of, meanings, space_of
from search_spaces.fingerprint import space_fingerprint
from search_spaces.registry import build_space
from tests.nas.web.view.rows import TOY, record


def of_space(name: str, plugins: tuple[str, ...] = (), fingerprint: str = "") -> SearchRecord:
    config = SearchConfig.model_validate({"space": {"name": name, "plugins": plugins}})
    return record(config=config.stored(), space=name, space_fingerprint=fingerprint)


@pytest.mark.parametrize("name", ["cell", "macro", "mobile", "nasbench201", "nasnet", "toy"])
def test_a_space_that_is_here_gives_its_names(name: str) -> None:
    space = build_space(name)
    found = space_of(of_space(name, fingerprint=space_fingerprint(space, ())))
    assert found == space
    named = meanings(found, ())
    assert [(one.name, one.options) for one in named] == [(one.name, one.options) for one in space.decisions]


def test_operations_are_told_from_other_options() -> None:
    kinds = {meaning.name.rpartition("_")[2]: meaning.is_operation for meaning in meanings(TOY, ())}
    assert kinds["op"]
    assert not all(kinds.values()) or set(kinds) == {"op"}


def test_a_space_that_has_changed_is_not_taken_for_what_it_was() -> None:
    assert space_of(of_space("toy", fingerprint="0" * 64)) is None


def test_a_plugin_that_has_changed_in_words_alone_is(tmp_path: Path) -> None:
    space = build_space("toy")
    decisions = space_fingerprint(space, ())[:32]
    assert space_of(of_space("toy", fingerprint=decisions + "0" * 32)) == space


def test_a_plugin_that_is_gone_leaves_tokens(tmp_path: Path) -> None:
    search = of_space("toy", plugins=(str(tmp_path / "gone.py"),))
    assert space_of(search) is None
    assert [(one.name, one.options, one.is_operation) for one in meanings(None, (1, 0))] == [
        ("decision 0", ("0", "1"), False),
        ("decision 1", ("0",), False),
    ]


def test_a_plugin_that_fails_leaves_tokens(tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text("raise SystemExit(3)")
    assert space_of(of_space("toy", plugins=(str(file),))) is None


def test_a_space_of_another_name_than_the_record_says_is_not_taken() -> None:
    assert space_of(record(space="cell")) is None


def test_a_configuration_that_cannot_be_read_is_none() -> None:
    assert config_of(record(config={"name": "toy", "wings": 2})) is None
    assert space_of(record(config={"name": "toy", "wings": 2})) is None


def test_a_token_beyond_the_options_stands_for_itself() -> None:
    assert meanings(TOY, ())[0].option(99) == "99"
