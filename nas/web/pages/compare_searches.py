"""Searches side by side: the best network of each, which settings differ, and whether a difference is clear."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nas.report.statistics import Interval, difference_interval, wilson_interval
from nas.storage.contract import Storage
from nas.storage.records import ArchitectureRecord, SearchRecord, TrainingRecord
from nas.trial import Trial
from nas.web.pages.standing import reward_shown, state_of

UNSET = "-"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search has found; None is what is not known."""

    record: SearchRecord
    best: Trial | None
    """The first trial of the best network."""
    network: ArchitectureRecord | None
    """That network, over all its trainings."""
    training: TrainingRecord | None
    """Its full training, whose test part was read once."""

    @property
    def state(self) -> str:
        """How the search stands, as a badge shows it."""
        return state_of(self.record)

    @property
    def reward(self) -> str:
        """Mean reward of the best network, as its search writes it."""
        return reward_shown(self.record)[1](self.network.mean_reward if self.network else None)

    @property
    def test_accuracy(self) -> float | None:
        """A fraction."""
        return self.training.test_correct / self.training.test_total if self.training else None

    @property
    def interval(self) -> Interval | None:
        """Of 95 %, of the test accuracy, as `nas compare` has it."""
        return (
            wilson_interval(self.training.test_correct, self.training.test_total) if self.training else None
        )


@dataclass(frozen=True, slots=True)
class Advantage:
    """How much more of the test pictures one search's network sorts rightly than another's; ends of its interval."""

    name: str
    over: str
    difference: float
    interval: Interval

    @property
    def verdict(self) -> str:
        """Whether it is clear."""
        if self.interval.low > 0:
            return "better"
        return "worse" if self.interval.high < 0 else "no clear difference"


@dataclass(frozen=True, slots=True)
class Setting:
    """A key of the configuration that not all searches have alike."""

    path: str
    values: tuple[str, ...]


def read_outcome(storage: Storage, record: SearchRecord) -> Outcome:
    """Returns what a search has found."""
    network = next(iter(storage.architectures(record.search_id, 1)), None)
    if network is None:
        return Outcome(record, None, None, None)
    best = storage.trial(record.search_id, network.first_number)
    trainings = storage.trainings(record.search_id)
    training = next((one for one in trainings if one.number == best.number), None)
    return Outcome(record, best, network, training)


def advantages(outcomes: Sequence[Outcome]) -> list[Advantage]:
    """Returns how the first search with a test stands against each other one that was tested on the same pictures."""
    tested = [one for one in outcomes if one.training]
    found = []
    for other in tested[1:]:
        first = tested[0]
        assert first.training is not None
        assert other.training is not None
        if first.record.dataset_fingerprint != other.record.dataset_fingerprint:
            continue
        mine, theirs = first.training, other.training
        interval = difference_interval(
            mine.test_correct, mine.test_total, theirs.test_correct, theirs.test_total
        )
        difference = mine.test_correct / mine.test_total - theirs.test_correct / theirs.test_total
        found.append(Advantage(first.record.name, other.record.name, difference, interval))
    return found


def differing_settings(records: Sequence[SearchRecord]) -> list[Setting]:
    """Returns the settings that differ, in the order of the configuration; the name does in any case."""
    flat = [dict(_flat(record.config)) for record in records]
    paths = dict.fromkeys(path for values in flat for path in values if path != "name")
    found = [Setting(path, tuple(values.get(path, UNSET) for values in flat)) for path in paths]
    return [one for one in found if len(set(one.values)) > 1]


def _flat(config: Mapping[str, object], before: str = "") -> Iterator[tuple[str, str]]:
    """Yields ("budget.trials", "40")."""
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", _shown(value)


def _shown(value: object) -> str:
    if value is None:
        return UNSET
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
