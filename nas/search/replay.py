"""How a search takes up where it was stopped: the last checkpoint, then everything that happened since, in order.

A strategy is deterministic, so the same asks and tells in the same order bring it to the state it was in. What it asks
again must be what the database holds; where it is not (another version of torch, another processor), the database is
right and the strategy goes on from what it was told.
"""

from collections.abc import Sequence

from nas.storage.contract import Storage
from nas.storage.records import SearchRecord
from nas.strategies.base import Strategy
from nas.trial import Trial


def replay(storage: Storage, record: SearchRecord, strategy: Strategy) -> tuple[list[Trial], int]:
    """Brings a fresh `strategy` to the state after the last recorded event.

    Returns all trials, by number, and how many of them the strategy would now have proposed differently.
    """
    trials = storage.trials(record.search_id)
    checkpoint = storage.latest_checkpoint(record.search_id)
    reached = 0
    if checkpoint:
        history = [
            _as_of(trial, checkpoint.event) for trial in trials if trial.asked_event <= checkpoint.event
        ]
        strategy.restore(checkpoint.state, history)
        reached = checkpoint.event
    differing = 0
    for event in range(reached + 1, record.event + 1):
        asked = [trial for trial in trials if trial.asked_event == event]
        if asked:
            again = [proposal.architecture for proposal in strategy.ask(len(asked))]
            differing += sum(trial.architecture not in again for trial in asked)
        told = [trial for trial in trials if trial.told_event == event]
        if told:
            strategy.tell(told, open_trials(trials, event))
    if differing:  # the strategy remembers asking what it did not ask, and has yet to hear of what it did
        strategy.restore(strategy.save(), [_as_of(trial, record.event) for trial in trials])
    return trials, differing


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
