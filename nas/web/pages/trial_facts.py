"""What the page of a trial tells, gathered from the database and the read model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nas.storage.contract import Storage
from nas.storage.records import SearchRecord
from nas.trial import Attempt, Trial, TrialState
from nas.web.api.trial_answers import decision_log_probabilities, decisions_answer, probability_of
from nas.web.pages.lineage import Lineage, read_lineage
from nas.web.pages.spaces import Choice, choices, find_outline, find_price, fits, in_words
from nas.web.view.query import TableQuery
from nas.web.view.search_view import SearchView
from nas.web.view.space import space_of
from search_spaces.complexity import Cost
from workers.job import EpochMetrics

MOST_EQUALS = 500
SAME_NETWORK = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a trial stands among the completed ones by reward, equals by number; and who stands beside it."""

    rank: int
    count: int
    better: int | None
    worse: int | None


@dataclass(frozen=True, slots=True)
class ChosenShare:
    """A choice, how usual it was (the share of the strategy's trials just before that chose the same), how likely."""

    choice: Choice
    share: float | None
    probability: float | None
    """That the policy chose it, given the decisions before; None where that is not known."""


@dataclass(frozen=True, slots=True)
class TrialFacts:
    """All that the page shows."""

    record: SearchRecord
    trial: Trial
    attempts: tuple[Attempt, ...]
    epochs: tuple[EpochMetrics, ...]
    chosen: tuple[ChosenShare, ...]
    share_of: int
    """Of how many trials before this one the shares are."""
    lineage: Lineage
    same: tuple[int, ...]
    """Other trials of the same network."""
    place: Place | None
    price: Cost | None
    """What the network costs, where its space can tell, whether it was measured or not."""
    words: str
    """The drawing for those who do not see it."""

    @property
    def probability(self) -> float | None:
        """Of all decisions together, when they were drawn; None without a policy."""
        return probability_of(self.trial.log_probability)

    @property
    def waited_seconds(self) -> float | None:
        """Between being asked for and the last attempt's start."""
        return None if self.trial.started_at is None else self.trial.started_at - self.trial.created_at

    @property
    def worked_seconds(self) -> float | None:
        """From the last attempt's start to the end."""
        if self.trial.started_at is None or self.trial.finished_at is None:
            return None
        return self.trial.finished_at - self.trial.started_at

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self.trial.state.is_final


def read_trial(storage: Storage, view: SearchView, number: int) -> TrialFacts:
    """Returns what there is to tell of a trial; raises `UnknownSearchError` where there is none."""
    record = view.record
    trial = storage.trial(record.search_id, number)
    space = space_of(record)
    price = find_price(record, space, trial.architecture) if space else None
    chosen, share_of = _chosen(storage, record, trial)
    return TrialFacts(
        record=record,
        trial=trial,
        attempts=tuple(storage.attempts(record.search_id, number)),
        epochs=storage.epochs(record.search_id, number),
        chosen=tuple(chosen),
        share_of=share_of,
        lineage=read_lineage(storage, record, space, trial),
        same=same_network(view, trial),
        place=place_of(storage, view, trial),
        price=price,
        words=in_words(find_outline(record, space, trial.architecture)),
    )


def same_network(view: SearchView, trial: Trial) -> tuple[int, ...]:
    """Returns the first other trials of the same network."""
    query = TableQuery(sort="number", text=trial.canonical_key, limit=SAME_NETWORK + 1)
    return tuple(number for number in view.table(query).numbers if number != trial.number)[:SAME_NETWORK]


def place_of(storage: Storage, view: SearchView, trial: Trial) -> Place | None:
    """Returns where a completed trial stands; None for another."""
    reward = trial.reward
    if trial.state is not TrialState.COMPLETED or reward is None:
        return None
    equals = _equals(view, reward)
    if trial.number not in equals:  # the view is a moment older than the trial, or very many have this reward
        return None
    index = equals.index(trial.number)
    above = view.table(_completed("reward", (math.nextafter(reward, math.inf), None)))
    below = view.table(_completed("-reward", (None, math.nextafter(reward, -math.inf))))
    better = equals[index - 1] if index else _last_equal(storage, view, above.numbers)
    worse = equals[index + 1] if index + 1 < len(equals) else next(iter(below.numbers), None)
    everything = view.table(_completed("-reward", (None, None))).count
    return Place(above.count + index + 1, everything, better, worse)


def _completed(sort: str, reward: tuple[float | None, float | None], limit: int = 1) -> TableQuery:
    return TableQuery(sort=sort, states=(TrialState.COMPLETED,), ranges={"reward": reward}, limit=limit)


def _equals(view: SearchView, reward: float) -> tuple[int, ...]:
    return view.table(_completed("-reward", (reward, reward), MOST_EQUALS)).numbers


def _last_equal(storage: Storage, view: SearchView, nearest: Sequence[int]) -> int | None:
    """Returns the last of the trials with the same reward as the nearest better one."""
    if not nearest:
        return None
    reward = storage.trial(view.record.search_id, nearest[0]).reward
    equals = () if reward is None else _equals(view, reward)
    return equals[-1] if equals else nearest[0]


def _chosen(storage: Storage, record: SearchRecord, trial: Trial) -> tuple[list[ChosenShare], int]:
    """Returns the choices with their shares, and of how many trials these are shares."""
    space = space_of(record)
    found = choices(space, trial.architecture)
    shares: list[float | None] = [None] * len(found)
    count = 0
    if space is not None and fits(space, trial.architecture):
        answer = decisions_answer(storage, record, trial)
        shares, count = [one.recent_share for one in answer.decisions], answer.recent_trials
    likely = map(probability_of, decision_log_probabilities(trial))
    return [ChosenShare(*one) for one in zip(found, shares, likely, strict=True)], count
