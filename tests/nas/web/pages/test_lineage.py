"""Tests of what the page of a trial says of its parent and its children."""

from dataclasses import replace
from pathlib import Path

import pytest

from nas.storage.open import open_storage
from nas.web.pages import lineage
from nas.web.pages.lineage import Change, differences, read_lineage
from nas.web.pages.spaces import choices
from nas.web.view.space import space_of
from search_spaces.architecture import Architecture
from search_spaces.spaces.toy import ToySpace
from tests.nas.web.searches import drive


@pytest.fixture(scope="module")
def bred(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with an evolution of a small population."""
    path: Path = tmp_path_factory.mktemp("bred") / "nas.db"
    url = f"sqlite:///{path}"
    drive(url, "bred", trials=40, strategy_settings={"population": 6, "sample": 3}, evaluate="")
    return url


def test_every_mutant_has_a_parent_whose_child_it_is(bred: str) -> None:
    with open_storage(bred, read_only=True) as storage:
        record = storage.search("bred")
        trials = storage.trials(record.search_id, curves=False)
        found = [read_lineage(storage, record, space_of(record), trial) for trial in trials]
    assert [one.parent is not None for one in found] == [False] * 6 + [True] * 34
    for trial, one in zip(trials, found, strict=True):
        if one.parent is not None:
            assert trial.number in found[one.parent.number].children
            (change,) = one.parent.changes
            assert change.before != change.after
    assert sum(len(one.children) for one in found) == 34


def test_of_many_children_the_first_are_told(bred: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_storage(bred, read_only=True) as storage:
        record = storage.search("bred")
        trials = storage.trials(record.search_id, curves=False)
        most = max(trials, key=lambda trial: len(storage.children(record.search_id, trial.number)))
        children = storage.children(record.search_id, most.number)
        monkeypatch.setattr(lineage, "MOST_CHILDREN", len(children) - 1)
        found = read_lineage(storage, record, space_of(record), most)
        assert (found.children, found.has_more_children) == (tuple(children[:-1]), True)
        monkeypatch.setattr(lineage, "MOST_CHILDREN", len(children))
        found = read_lineage(storage, record, space_of(record), most)
        assert (found.children, found.has_more_children) == (tuple(children), False)


def test_a_parent_that_is_not_in_the_database_is_none(bred: str) -> None:
    with open_storage(bred, read_only=True) as storage:
        record = storage.search("bred")
        trial = replace(storage.trial(record.search_id, 20), parent=999)
        assert read_lineage(storage, record, space_of(record), trial).parent is None


def test_a_trial_of_a_policy_has_neither(searched: str) -> None:
    with open_storage(searched, read_only=True) as storage:
        record = storage.search("second")
        trial = storage.trial(record.search_id, 15)
        found = read_lineage(storage, record, space_of(record), trial)
    assert (found.parent, found.children, found.has_more_children) == (None, (), False)


@pytest.mark.parametrize("space", [ToySpace(), None])
def test_differences_are_named_where_the_space_is_known(space: ToySpace | None) -> None:
    before, after = (
        choices(space, Architecture("toy", tokens)) for tokens in ((0,) * 8, (0, 1, *(0,) * 5, 1))
    )
    found = differences(before, after)
    if space is None:
        assert found == [Change("decision 1", "0", "1"), Change("decision 7", "0", "1")]
    else:
        decisions = [space.decisions[place] for place in (1, 7)]
        assert found == [Change(one.name, *one.options[:2]) for one in decisions]
