"""Tests of what the page of a trial is told: its place, its twins, what its decisions were worth then."""

import math
from collections.abc import Iterator

import pytest

from nas.errors import UnknownSearchError
from nas.storage.contract import Storage
from nas.storage.open import open_storage
from nas.web.pages.trial_facts import place_of, read_trial
from nas.web.readers import Readers
from nas.web.view.search_view import SearchView
from nas.web.view.views import Views


@pytest.fixture
def storage(searched: str) -> Iterator[Storage]:
    with open_storage(searched, read_only=True) as storage:
        yield storage


def view_of(url: str, name: str) -> SearchView:
    return Views(Readers(url)).of(name)


def test_places_are_those_of_the_leaderboard_and_lead_from_one_to_the_next(
    searched: str, storage: Storage
) -> None:
    """Equal rewards, which a toy space has many of, stand in the order of their numbers."""
    view = view_of(searched, "first")
    ranked = [trial.number for trial in storage.leaderboard(view.record.search_id, 100)]
    found = [place_of(storage, view, storage.trial(view.record.search_id, number)) for number in ranked]
    assert [place.rank for place in found if place] == list(range(1, len(ranked) + 1))
    assert [place.better for place in found if place] == [None, *ranked[:-1]]
    assert [place.worse for place in found if place] == [*ranked[1:], None]
    assert {place.count for place in found if place} == {len(ranked)}


def test_a_failed_trial_has_no_place_but_a_reason(searched: str, storage: Storage) -> None:
    facts = read_trial(storage, view_of(searched, "first"), 5)
    assert facts.place is None
    assert "ValueError" in facts.trial.error_text
    assert facts.price is not None
    assert facts.price.parameters > 0
    assert [attempt.state for attempt in facts.attempts] == ["failed"]


def test_trials_of_one_network_know_each_other(searched: str, storage: Storage) -> None:
    view = view_of(searched, "second")
    trials = storage.trials(view.record.search_id, curves=False)
    for trial in trials:
        twins = {one.number for one in trials if one.canonical_key == trial.canonical_key} - {trial.number}
        assert set(read_trial(storage, view, trial.number).same) == twins


def test_decisions_have_the_names_of_the_space_and_shares_of_the_trials_before(
    searched: str, storage: Storage
) -> None:
    facts = read_trial(storage, view_of(searched, "second"), 10)
    assert facts.share_of == 10
    before = storage.trials(facts.record.search_id, limit=10, curves=False)
    for place, one in enumerate(facts.chosen):
        same = sum(trial.architecture.tokens[place] == one.choice.token for trial in before)
        assert one.share == pytest.approx(same / 10)
    assert facts.probability == pytest.approx(math.exp(facts.trial.log_probability or 0.0))
    likely = [one.probability or 0.0 for one in facts.chosen]
    assert math.prod(likely) == pytest.approx(facts.probability)


def test_without_a_policy_no_decision_has_a_probability(searched: str, storage: Storage) -> None:
    facts = read_trial(storage, view_of(searched, "first"), 10)
    assert {one.probability for one in facts.chosen} == {None}


def test_the_drawing_is_told_in_words(searched: str, storage: Storage) -> None:
    facts = read_trial(storage, view_of(searched, "first"), 3)
    assert facts.words.startswith("Normal cell: ")
    assert "Reduction cell: " in facts.words


def test_a_trial_that_there_is_not(searched: str, storage: Storage) -> None:
    with pytest.raises(UnknownSearchError, match="999"):
        read_trial(storage, view_of(searched, "first"), 999)
