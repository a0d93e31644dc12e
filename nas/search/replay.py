"""How a search takes up where it was stopped: the last checkpoint, then everything that happened since, in order.

A strategy is deterministic, so the same asks and tells in the same order bring it to the state it was in. What it asks
again must be what the database holds; where it is not (another version of torch, another processor), the database is
right and the strategy goes on from what it was told.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nas.storage.contract import Storage
from nas.storage.records import SearchRecord
from nas.strategies.base import Strategy
from nas.trial import Origin, Trial


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was found when a search was taken up."""

    trials: list[Trial]
    """All, by number, without their learning curves."""
    differing: int
    """Trials that the strategy would now have proposed differently."""
    reached: int
    """The event of the checkpoint that it began with; 0 without one."""
    damaged: list[int]
    """Events of newer checkpoints, which cannot be used."""


def replay(storage: Storage, record: SearchRecord, strategy: Strategy) -> Replayed:
    """Brings a fresh `strategy` to the state after the last recorded event."""
    trials = list(storage.all_trials(record.search_id))  # no strategy asks for a learning curve
    checkpoint = storage.latest_checkpoint(record.search_id)
    reached = 0
    if checkpoint:
        history = [
            _as_of(trial, checkpoint.event) for trial in trials if trial.asked_event <= checkpoint.event
        ]
        strategy.restore(checkpoint.state, history)
        reached = checkpoint.event
    differing = replay_events(trials, reached, record.event, strategy)
    if differing:  # the strategy remembers asking what it did not ask, and has yet to hear of what it did
        strategy.restore(strategy.save(), [_as_of(trial, record.event) for trial in trials])
    damaged = [event for event in storage.damaged_checkpoints(record.search_id) if event > reached]
    return Replayed(trials, differing, reached, damaged)


def replay_events(trials: Sequence[Trial], reached: int, last: int, strategy: Strategy) -> int:
    """Puts asks, additions and tells after `reached` to the strategy again; returns how many it proposed differently.

    Each trial is looked at a few times, however many events there are.
    """
    asked = _by_event(trials, lambda trial: trial.asked_event)
    told = _by_event(trials, lambda trial: trial.told_event)
    running = {
        trial.number: trial.as_running()
        for trial in trials
        if trial.asked_event <= reached and (trial.told_event is None or trial.told_event > reached)
    }
    differing = 0
    for event in range(reached + 1, last + 1):
        if event in asked:
            differing += _ask_again(asked[event], strategy)
            running.update((trial.number, trial.as_running()) for trial in asked[event])
        if event in told:
            for trial in told[event]:
                del running[trial.number]
            strategy.tell(told[event], [running[number] for number in sorted(running)])
    return differing


def _ask_again(trials: Sequence[Trial], strategy: Strategy) -> int:
    """Asks for what was asked in one event, or adds what was added; returns how many were proposed differently."""
    if any(trial.origin is not Origin.STRATEGY for trial in trials):
        strategy.add([trial.as_running() for trial in trials])
        return 0
    again = [proposal.architecture for proposal in strategy.ask(len(trials))]
    return sum(trial.architecture not in again for trial in trials)


def _by_event(trials: Sequence[Trial], event_of: Callable[[Trial], int | None]) -> dict[int, list[Trial]]:
    """Returns event -> the trials that it was about."""
    found: dict[int, list[Trial]] = {}
    for trial in trials:
        event = event_of(trial)
        if event is not None:
            found.setdefault(event, []).append(trial)
    return found


def open_trials(trials: Sequence[Trial], event: int) -> list[Trial]:
    """Returns the trials that were asked before `event` and not told until after it."""
    return [
        _as_of(trial, event)
        for trial in trials
        if trial.asked_event < event and (trial.told_event is None or trial.told_event > event)
    ]


def _as_of(trial: Trial, event: int) -> Trial:
    """Returns the trial as the strategy knew it then: one not yet told was still running."""
    if trial.told_event is not None and trial.told_event <= event:
        return trial
    return trial.as_running()
