"""A whole search in milliseconds: the toy space, tabulated outcomes on a simulated clock, the database in memory."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from nas.search import Conduct, Search, SearchEvent
from nas.storage.contract import Storage
from nas.storage.memory import InMemoryStorage
from nas.storage.owner import current_owner
from nas.storage.records import NewSearch, SearchState
from nas.strategies.base import Strategy
from nas.strategies.deduplicated import Deduplicated
from nas.strategies.registry import build_strategy
from nas.trial import PolicyUpdate, Trial
from search_spaces.architecture import Architecture
from search_spaces.registry import build_space
from search_spaces.space import Space
from workers.job import FailureKind, Recipe
from workers.simulated_pool import SimulatedPool

SPACE = build_space("toy")
GONE = re.sub(r":(\d+):\w+", r":\1:0", current_owner(), count=1)
"""A driver of this host that is no more: no process of that number began at that time."""


def measure(architecture: Architecture) -> tuple[float, float]:
    """An accuracy and the seconds it took, both fixed by the architecture and no two alike."""
    rank = sum(token * 31**position for position, token in enumerate(architecture.tokens))
    return (rank % 997) / 997, 1.0 + rank % 7


@dataclass
class Harness:
    """Starts, interrupts and resumes one search on one database."""

    space: Space = SPACE
    strategy_name: str = "reinforce"
    storage: Storage = field(default_factory=InMemoryStorage)
    name: str = "s"
    trials: int | None = 30
    seconds: float | None = None
    slots: int = 1
    failures: dict[int, FailureKind] = field(default_factory=dict)
    events: list[SearchEvent] = field(default_factory=list)
    grace: float = 0.0
    lease_seconds: float = 30.0
    given_up: int = 0
    say: Callable[[str], None] = lambda _: None
    objects_to: Callable[[Architecture], str] = lambda _: ""

    def create(self) -> "Harness":
        self.storage.create_search(
            NewSearch(
                name=self.name,
                config={},
                space="toy",
                strategy=self.strategy_name,
                dataset="table",
                dataset_fingerprint="f" * 64,
                image=(1, 8, 8),
                classes=10,
                seed=7,
                trial_budget=self.trials,
                time_budget_seconds=self.seconds,
            )
        )
        return self

    def strategy(self) -> Strategy:
        return Deduplicated(build_strategy(self.strategy_name, self.space, 7), self.space.canonical_key)

    def run(
        self, *, stop_after: int | None = None, watch: Callable[[SearchEvent], None] | None = None
    ) -> SearchState:
        record = self.storage.search(self.name)
        lease = self.storage.acquire(record.search_id, GONE, seconds=30)
        finished = 0

        def observe(event: SearchEvent) -> None:
            nonlocal finished
            self.events.append(event)
            finished += event.kind == "finished"
            if watch:
                watch(event)
            if stop_after is not None and finished >= stop_after:
                search.stop()

        with SimulatedPool(
            self.space, lambda job: measure(job.architecture), slots=self.slots, failures=self.failures
        ) as pool:
            search = Search(
                storage=self.storage,
                lease=lease,
                record=self.storage.search(self.name),
                space=self.space,
                strategy=self.strategy(),
                pool=pool,
                recipe=Recipe(),
                watch=observe,
                say=self.say,
                objects_to=self.objects_to,
                conduct=Conduct(lease=self.lease_seconds, grace=self.grace),
            )
            state = search.run()
            self.given_up = search.given_up
            return state

    def trial_list(self) -> list[Trial]:
        return self.storage.trials(self.storage.search(self.name).search_id)

    def updates(self) -> list[PolicyUpdate]:
        return self.storage.updates(self.storage.search(self.name).search_id)


@pytest.fixture
def harness() -> type[Harness]:
    return Harness
