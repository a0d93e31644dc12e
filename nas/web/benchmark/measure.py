"""The whole measurement: a very large search that goes on, asked for in every way, and one that many follow.

Between two requests a trial of the large search begins, ends and is told: no answer can be one that was computed
before. Promises are held against times without the waits for a core (`nas.web.benchmark.waits`), of requests at the
95th percentile; the delay of events is wall time.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nas.bench.cores import watch
from nas.bench.driving import Lives
from nas.bench.filling import Filled, Report, fill
from nas.errors import ConfigError
from nas.storage.address import shown
from nas.storage.connection import read
from nas.storage.contract import Storage
from nas.storage.open import open_engine, open_storage
from nas.storage.waiting import Waiting
from nas.web.benchmark.asked import PAGE_MS, Asked, all_asked
from nas.web.benchmark.dashboard import Address, Answer, dashboard
from nas.web.benchmark.following import LATE_SECONDS, Followed, follow
from nas.web.benchmark.listening import Client, heard_to, listen_while
from nas.web.benchmark.opening import Opened, open_page
from nas.web.benchmark.times import Times, times_of

NAME = "bench"
TURNS, TOLD = 20, 60
"""How often each request is made, and how many trials are told while the stream is listened to."""
TOLD_EVERY = 0.1
MAX_TRIAL_BYTES = 1024
MAX_DELAY_MS = 2000.0

Lived = Callable[[int], float]
"""Lets so many trials of the large search begin and end."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One kind of request."""

    name: str
    first_byte: Times
    whole: Times
    without_waits: Times
    """Of the whole answer."""
    bytes: int
    """Of the largest answer."""
    limit_ms: float

    @property
    def is_within_limit(self) -> bool:
        """Whether the whole answer is there in time, at the 95th percentile."""
        return self.without_waits.p95 < self.limit_ms


@dataclass(frozen=True, slots=True)
class Streamed:
    """What the stream tells of one trial after another."""

    trials: int
    bytes_of_a_trial: int
    """Of all events of one trial, at most."""
    bytes_of_an_event: int
    delay: Times
    """Milliseconds from the driver's writing to the arrival."""


@dataclass(frozen=True, slots=True)
class WebReport:
    """What `measure` found."""

    trials: int
    opened_first: Opened
    """The page of the search, opened with the dashboard just started: it has read no trial yet."""
    opened_again: Opened
    measured: tuple[Measured, ...]
    streamed: Streamed
    followed: Followed

    @property
    def delay_ms(self) -> float:
        """At the 95th percentile, of one client or of many: the longer."""
        return max(self.streamed.delay.p95, self.followed.delay.p95)

    @property
    def broken(self) -> list[str]:
        """The promises that were not kept, in words."""
        limits: list[tuple[str, float, str, float]] = [
            *((one.name, one.without_waits.p95, "ms", one.limit_ms) for one in self.measured),
            ("the page with all its parts", self.opened_first.without_waits * 1000, "ms", PAGE_MS),
            ("a trial on the stream", self.streamed.bytes_of_a_trial, "bytes", MAX_TRIAL_BYTES),
            ("an event on its way", self.delay_ms, "ms", MAX_DELAY_MS),
            ("events missed", self.followed.missed, "", 1),
            ("events out of order", self.followed.disordered, "", 1),
            ("gaps and absences told of", self.followed.disturbed, "", 1),
        ]
        return [
            f"{what}: {found:.0f} {unit}".rstrip() + f", promised are less than {limit:.0f}"
            for what, found, unit, limit in limits
            if found >= limit
        ]


def measure(
    url: str, trials: int, clients: int, seconds: float, report: Report, *, turns: int = TURNS
) -> WebReport:
    """Fills the database at `url`, which must be empty, starts a dashboard over it, and measures that."""
    with open_storage(url) as storage, open_engine(url, read_only=False) as engine:
        if known := storage.searches():
            raise ConfigError(
                f"{shown(engine.url)}: expected an empty database to fill, got one with {len(known)} searches; "
                "name another one with --db"
            )
        filled = fill(storage, engine, NAME, trials, report)
        lived = Lives(storage, filled, read(engine, watch, Waiting())).live
        with dashboard(url) as address:
            first, again = (open_page(address, NAME) for _ in range(2))
            measured = [_ask(address, asked, lived, turns) for asked in all_asked(NAME, filled.told)]
            streamed = asyncio.run(_listen(address, storage, filled, lived))
            followed = follow(address, url, storage, clients, seconds)
    return WebReport(trials, first, again, tuple(measured), streamed, followed)


def _ask(address: Address, asked: Asked, lived: Lived, turns: int) -> Measured:
    answers: list[Answer] = []
    for turn in range(turns):
        lived(1)
        answers.append(address.ask(asked.path(turn)))
    return Measured(
        asked.name,
        first_byte=times_of([answer.first_byte for answer in answers]),
        whole=times_of([answer.seconds for answer in answers]),
        without_waits=times_of([answer.without_waits for answer in answers]),
        bytes=max(len(answer.body) for answer in answers),
        limit_ms=asked.limit_ms,
    )


async def _listen(address: Address, storage: Storage, filled: Filled, lived: Lived) -> Streamed:
    search_id = filled.record.search_id
    client = Client(storage.last_event(search_id))

    async def tell() -> None:
        for _ in range(TOLD):
            lived(1)
            await asyncio.sleep(TOLD_EVERY)
        await heard_to([client], storage.last_event(search_id), LATE_SECONDS)

    await listen_while(address, NAME, [client], tell)
    by_trial: dict[int, int] = {}
    for one in client.heard:
        if one.number is not None:
            by_trial[one.number] = by_trial.get(one.number, 0) + one.size
    return _streamed(client, list(by_trial.values()))


def _streamed(client: Client, sizes: Sequence[int]) -> Streamed:
    return Streamed(
        trials=len(sizes),
        bytes_of_a_trial=max(sizes),
        bytes_of_an_event=max(one.size for one in client.heard),
        delay=times_of([one.delay for one in client.heard]),
    )
