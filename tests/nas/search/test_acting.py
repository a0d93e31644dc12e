"""What people ask of a running search: it is done, once, and answered."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from nas.search import SearchEvent
from nas.search.standing import Standing
from nas.search.wait import Wait
from nas.storage.records import Command, CommandKind
from nas.trial import Origin, Trial
from search_spaces.architecture import Architecture
from tests.nas.search.conftest import SPACE, Harness
from workers.job import FailureKind

ASKER = "me@here"
STRATEGIES = ("reinforce", "evolution", "local", "optuna:tpe")
Asks = Mapping[int, tuple[CommandKind, Mapping[str, object]]]
"""How many trials have finished -> what is asked then."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nas.search.commands.LOOK_SECONDS", 0.0)
    monkeypatch.setattr("nas.search.loop.TICK_SECONDS", 0.001)


def asking(search: Harness, asks: Asks) -> Callable[[SearchEvent], None]:
    """Returns what asks one after the other, each when so many trials have finished or more."""

    def watch(event: SearchEvent) -> None:
        left = list(asks)[len(search.storage.commands(1)) :]
        if event.kind == "finished" and left and event.progress.finished >= left[0]:
            search.storage.add_command(1, asks[left[0]][0], ASKER, asks[left[0]][1])

    return watch


def ending_with_an_added_one(watch: Callable[[SearchEvent], None]) -> Callable[[SearchEvent], None]:
    """Returns what ends the driver at the first start of a trial that somebody added."""

    def end(event: SearchEvent) -> None:
        watch(event)
        trial = event.trial
        if event.kind == "started" and trial and trial.origin is not Origin.STRATEGY and trial.attempts == 1:
            raise ValueError("the driver is gone")

    return end


def commands(search: Harness) -> list[Command]:
    found = search.storage.commands(1)
    assert all(command.answered_at is not None for command in found)
    return found


def answers(search: Harness) -> list[str | None]:
    return [command.answer for command in commands(search)]


def story(search: Harness) -> list[tuple[object, ...]]:
    """Returns what must not depend on whether a search was stopped."""
    return [
        (
            t.number,
            t.architecture,
            t.seed,
            t.origin,
            t.repeat,
            t.reward,
            t.baseline,
            t.asked_event,
            t.told_event,
        )
        for t in search.trial_list()
    ]


def of_people(search: Harness) -> list[Trial]:
    return [trial for trial in search.trial_list() if trial.origin is not Origin.STRATEGY]


def text(architecture: Architecture) -> Mapping[str, object]:
    return {"architecture": architecture.to_json()}


def unknown(search: Harness) -> Architecture:
    """Returns a network that the search has not tried."""
    tried = {trial.canonical_key for trial in search.trial_list()}
    return next(one for one in SPACE.enumerate() if SPACE.canonical_key(one) not in tried)


def test_a_paused_search_finishes_what_is_in_training_and_goes_on_when_asked(
    harness: type[Harness], monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = harness(trials=12, slots=3).create()
    undisturbed.run()
    search = harness(trials=12, slots=3).create()
    seen: list[tuple[bool, int, int]] = []

    def rest(_: Wait, seconds: float) -> None:
        assert seconds == 0.001
        record = search.storage.search("s")
        seen.append((record.held, record.created, record.completed))
        if len(seen) == 3:
            search.storage.add_command(1, CommandKind.RESUME, ASKER)

    monkeypatch.setattr(Wait, "rest", rest)
    asks = {number: (CommandKind.PAUSE, {}) for number in (4, 5)}
    asks |= {
        number: (CommandKind.RESUME, {}) for number in (7, 9)
    }  # the first is asked in `rest`, before seven finish
    assert search.run(watch=asking(search, asks)) == "completed"
    assert len(seen) == 3
    held, created, completed = seen[0]
    assert (held, created) == (True, completed)
    assert set(seen) == {seen[0]}, "something was started while the search was paused"
    assert answers(search) == ["paused", "paused already", "goes on", "goes on, was not paused"]
    assert search.storage.search("s").held is False
    assert len(search.trial_list()) == 12
    held_events = {event.progress.is_held for event in search.events if "to pause: paused" in event.note}
    assert held_events == {True}


def test_a_paused_search_can_be_stopped_and_is_not_paused_when_it_is_taken_up(
    harness: type[Harness], monkeypatch: pytest.MonkeyPatch
) -> None:
    search = harness(trials=10).create()
    monkeypatch.setattr(Wait, "rest", lambda *_: search.storage.add_command(1, CommandKind.STOP, ASKER))
    assert search.run(watch=asking(search, {3: (CommandKind.PAUSE, {})})) == "paused"
    record = search.storage.search("s")
    assert (record.held, record.completed, record.created) == (False, 3, 3)
    assert search.run() == "completed"
    assert answers(search) == ["paused", "stopping"]


def test_time_in_which_a_search_is_held_is_not_spent(
    harness: type[Harness], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("nas.search.standing.time.monotonic", lambda: now)
    standing = Standing(replace(harness().create().storage.search("s"), time_budget_seconds=100.0))
    now += 10
    standing.hold(is_held=True)
    now += 1000
    assert standing.progress(0).is_held
    assert standing.spent_seconds == 10
    standing.hold(is_held=False)
    now += 89
    assert (standing.spent_seconds, standing.is_out_of_time) == (99, False)
    standing.extend(None, 99.0)
    assert standing.is_out_of_time


def test_workers_are_changed_while_the_search_runs(harness: type[Harness]) -> None:
    search = harness(trials=20).create()
    asks = {3: (CommandKind.WORKERS, {"count": 3}), 8: (CommandKind.WORKERS, {"count": 3})}
    asks |= {12: (CommandKind.WORKERS, {"count": 1})}
    assert search.run(watch=asking(search, asks)) == "completed"
    assert answers(search) == ["3 workers now, was 1", "3 workers already", "1 worker now, was 3"]
    running = [event.progress.running for event in search.events if event.kind == "started"]
    assert max(running[:4]) == 1
    assert max(running) == 3
    assert running[-1] == 1


def test_a_budget_is_changed_while_the_last_child_is_in_training(harness: type[Harness]) -> None:
    search = harness(trials=6, slots=2).create()
    asks = {
        3: (CommandKind.BUDGET, {"trials": 1}),
        5: (CommandKind.BUDGET, {"trials": 9}),
        9: (CommandKind.BUDGET, {"trials": 11, "time": 3600.0}),
    }
    assert search.run(watch=asking(search, asks)) == "completed"
    refusal = r"refused: expected a budget of at least the [3456] trials that it has begun, got 1"
    assert re.fullmatch(refusal, answers(search)[0] or "")
    assert answers(search)[1:] == [
        "the budget is 9 trials",
        "the budget is 11 trials and 3600 s",  # asked when all had been trained already
    ]
    record = search.storage.search("s")
    assert (record.trial_budget, record.time_budget_seconds, record.completed) == (11, 3600.0, 11)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_network_of_somebodys_own_goes_first_and_the_search_stops_and_goes_on_as_if_it_had_not(
    strategy: str, harness: type[Harness]
) -> None:
    """The best of all there is, so that a strategy that learns from it goes another way."""
    plain = harness(strategy_name=strategy).create()
    plain.run()
    best = unknown(plain)
    asks: Asks = {5: (CommandKind.ADD, text(best)), 6: (CommandKind.RETRY, {"number": 2})}
    failures = {3: FailureKind.DIVERGED}  # trial ids are numbers + 1
    undisturbed = harness(strategy_name=strategy, failures=dict(failures)).create()
    assert undisturbed.run(watch=asking(undisturbed, asks)) == "completed"
    added, again = of_people(undisturbed)
    assert answers(undisturbed)[0] == f"trial {added.number} waits"
    assert answers(undisturbed)[1] == f"trial {again.number} waits, which is trial 2 once more"
    assert (added.architecture, added.origin, added.reward is not None) == (best, Origin.HAND, True)
    assert (again.origin, again.reward is not None) == (Origin.RETRY, True)
    assert again.architecture == undisturbed.trial_list()[2].architecture
    assert (again.seed, added.log_probability) == (undisturbed.trial_list()[2].seed, None)
    assert len(undisturbed.trial_list()) == 30
    ended = [event.trial.number for event in undisturbed.events if event.kind == "finished" and event.trial]
    assert ended[5] == added.number, "it did not go first"

    for stops in ((4, 20), (7, 8)):
        search = harness(strategy_name=strategy, failures=dict(failures)).create()
        for stop_after in stops:
            already = search.storage.search("s").completed + search.storage.search("s").failed
            assert search.run(stop_after=stop_after - already, watch=asking(search, asks)) == "paused"
        search.run(watch=asking(search, asks))
        assert story(search) == story(undisturbed), f"stopped after {stops}"
        assert search.updates() == undisturbed.updates()
        assert search.storage.latest_checkpoint(1) == undisturbed.storage.latest_checkpoint(1)
    search = harness(strategy_name=strategy, failures=dict(failures)).create()
    for _ in range(2):  # neither of the two has been told when its driver is gone
        with pytest.raises(ValueError, match="driver is gone"):
            search.run(watch=ending_with_an_added_one(asking(search, asks)))
    search.run(watch=asking(search, asks))
    assert story(search) == story(undisturbed)
    assert search.storage.latest_checkpoint(1) == undisturbed.storage.latest_checkpoint(1)


def test_no_network_is_tried_twice_and_none_beyond_the_budget(harness: type[Harness]) -> None:
    first = harness(trials=8, strategy_name="random").create()
    first.run()
    tried, new = first.trial_list(), unknown(first)
    search = harness(trials=8, strategy_name="random").create()
    asks: Asks = {
        2: (CommandKind.ADD, text(tried[1].architecture)),
        3: (CommandKind.ADD, text(new)),
        4: (CommandKind.ADD, text(new)),
        5: (CommandKind.ADD, text(tried[6].architecture)),
        6: (CommandKind.ADD, text(unknown(first))),
        7: (CommandKind.RETRY, {"number": 1}),
        8: (CommandKind.ADD, text(unknown(first))),
    }
    search.run(watch=asking(search, asks))
    added = of_people(search)
    assert [trial.architecture for trial in added] == [new, tried[6].architecture]
    assert answers(search) == [
        "refused: trial 1 is this network",
        f"trial {added[0].number} waits",
        f"refused: trial {added[0].number} is this network",
        f"trial {added[1].number} waits",
        f"refused: trial {added[0].number} is this network",
        "refused: expected a trial that has failed, trial 1 is completed",
        f"refused: trial {added[0].number} is this network",
    ]
    architectures = [trial.architecture for trial in search.trial_list()]
    assert len(set(architectures)) == len(architectures) == 8


def test_what_was_asked_when_all_had_begun_is_refused(harness: type[Harness]) -> None:
    search = harness(trials=3, slots=3, failures={1: FailureKind.DIVERGED}).create()
    search.run(watch=asking(search, {3: (CommandKind.RETRY, {"number": 0})}))
    assert answers(search) == ["refused: all of its budget of 3 trials has begun; give it a larger one first"]


def test_a_trial_is_retried_once_at_a_time_and_again_when_that_has_failed(harness: type[Harness]) -> None:
    search = harness(trials=12, slots=2, failures={2: FailureKind.DIVERGED, 6: FailureKind.DIVERGED}).create()
    asks: Asks = {n: (CommandKind.RETRY, {"number": 1}) for n in range(3, 9)}
    search.run(watch=asking(search, asks))
    retries = of_people(search)
    assert {trial.canonical_key for trial in retries} == {search.trial_list()[1].canonical_key}
    assert sum(trial.reward is not None for trial in retries) == 1
    waits = [answer for answer in answers(search) if answer and "once more" in answer]
    assert len(waits) == len(retries)
    assert any(answer and answer.endswith("does trial 1 again") for answer in answers(search))


def test_a_network_that_lost_too_many_workers_may_be_retried(harness: type[Harness]) -> None:
    search = harness(trials=6, failures={2: FailureKind.WORKER_LOST}).create()
    search.run(watch=asking(search, {3: (CommandKind.RETRY, {"number": 1})}))
    failed, (again,) = search.trial_list()[1], of_people(search)
    assert failed.failure is FailureKind.WORKER_LOST
    assert again.architecture == failed.architecture
    assert again.reward is not None


ODD: list[tuple[CommandKind, Mapping[str, Any], str]] = [
    (CommandKind.WORKERS, {}, "workers: count: expected a whole number from 1 to 10,000"),
    (CommandKind.WORKERS, {"count": 0}, "workers: count: expected a whole number from 1 to 10,000, got 0"),
    (CommandKind.WORKERS, {"count": True}, "count: expected a whole number from 1 to 10,000, got true"),
    (CommandKind.WORKERS, {"count": "many"}, "workers: count: expected a whole number"),
    (CommandKind.BUDGET, {"trials": 0}, "budget: trials: expected a whole number from 1 to 1,000,000, got 0"),
    (CommandKind.BUDGET, {"trials": None}, "expected a budget of trials or of time, got neither"),
    (CommandKind.BUDGET, {"time": -1}, "budget: time: expected a number above 0"),
    (CommandKind.BUDGET, {"tirals": 7}, "not a known key"),
    (CommandKind.ADD, {}, "expected an architecture as JSON text, got NoneType"),
    (CommandKind.ADD, {"architecture": "{"}, "architecture JSON: expected"),
    (CommandKind.ADD, {"architecture": "[" * 100_000}, "architecture JSON: expected"),
    (CommandKind.ADD, text(Architecture("cell", (0,))), "expected space 'toy', got 'cell'"),
    (CommandKind.ADD, text(Architecture("toy", (0,))), "tokens, got 1"),
    (CommandKind.RETRY, {}, "expected the number of a trial, got None"),
    (CommandKind.RETRY, {"number": True}, "expected the number of a trial, got True"),
    (CommandKind.RETRY, {"number": 4711}, "4711"),
]


@pytest.mark.parametrize(("kind", "arguments", "words"), ODD, ids=[f"{one[0]} {one[1]}"[:60] for one in ODD])
def test_what_cannot_be_done_is_refused_and_the_search_goes_on(
    kind: CommandKind, arguments: Mapping[str, Any], words: str, harness: type[Harness]
) -> None:
    search = harness(trials=4, strategy_name="random").create()
    assert search.run(watch=asking(search, {2: (kind, arguments)})) == "completed"
    (answer,) = answers(search)
    assert answer is not None
    assert answer.startswith("refused: ")
    assert words in answer
    assert len(search.trial_list()) == 4


def test_a_network_that_the_search_may_not_train_is_refused(harness: type[Harness]) -> None:
    search = harness(trials=4, strategy_name="random", objects_to=lambda one: f"{one} is too large").create()
    new = unknown(search)
    search.run(watch=asking(search, {1: (CommandKind.ADD, text(new))}))
    assert answers(search) == [f"refused: {new} is too large"]
    assert of_people(search) == []


def test_who_asked_and_what_came_of_it_is_in_the_log(harness: type[Harness]) -> None:
    search = harness(trials=4, strategy_name="random").create()
    search.run(watch=asking(search, {2: (CommandKind.WORKERS, {"count": 2})}))
    note = "me@here asks the search for another number of workers: 2 workers now, was 1"
    assert note in [entry.text for entry in search.storage.events(1)]
    assert note in [event.note for event in search.events]


def test_what_comes_too_late_is_answered(harness: type[Harness]) -> None:
    search = harness(trials=2, strategy_name="random").create()
    assert search.run(watch=asking(search, {2: (CommandKind.STOP, {})})) in ("paused", "completed")
    search = harness(trials=2, strategy_name="random").create()

    def ask(event: SearchEvent) -> None:
        if event.kind == "finished":
            search.storage.add_command(1, CommandKind.STOP, ASKER)
            search.storage.add_command(1, CommandKind.PAUSE, ASKER)

    assert search.run(watch=ask) == "paused"
    assert answers(search) == ["stopping", "refused: the search is stopping"]
