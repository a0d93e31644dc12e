"""What a database takes to answer, and to write a trial's life, when a search has very many trials and when it has few.

Both are measured in one run, in the same database: machines differ, and so do their hours, but not much the ratios.
Wall time, less the time in which a busy machine had no core for this process or a PostgreSQL beside it. The searches
are written in bulk (`nas.bench.filling`), few trials first; nothing is read from a cold disk.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median, quantiles

import psutil
from sqlalchemy import Connection, Engine, text

from nas.bench.cores import Watch, watch
from nas.bench.driving import Lives
from nas.bench.filling import Filled, Report, fill
from nas.bench.queries import Query, queries
from nas.errors import ConfigError, StorageError
from nas.storage.address import shown
from nas.storage.connection import read
from nas.storage.contract import Storage
from nas.storage.open import open_engine, open_storage
from nas.storage.waiting import Waiting

LIMIT_MS = 50.0
"""What no query may take, at the 95th percentile."""
FEW_TRIALS = 1000
READS, LIVES = 100, 500
"""How often each query is run, the first time not counted, and how many trials are lived."""


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds, as of `nas.bench.cores.Watch`."""

    p50: float
    p95: float
    longest: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One query or one write, in a search of few trials and in one of many."""

    name: str
    records: int
    """That a query gives with many, of a saved state its bytes; 1 for a write."""
    few: Times
    many: Times

    @property
    def ratio(self) -> float:
        """How many times as long it takes with many."""
        return self.many.p50 / self.few.p50

    @property
    def is_within_limit(self) -> bool:
        """Whether it keeps to `LIMIT_MS` with many."""
        return self.many.p95 < LIMIT_MS


@dataclass(frozen=True, slots=True)
class StorageReport:
    """What `measure` found."""

    database: str
    """Kind, version, and whether it waits for the disk."""
    few_trials: int
    many_trials: int
    database_bytes: int
    fill_seconds: float
    measured: tuple[Measured, ...]
    few_lives_per_second: float
    many_lives_per_second: float
    resume_seconds: float
    """Of reading all trials as a resume does, in pages and without learning curves."""
    resume_bytes: int
    """Of memory that they then take."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What was measured in one of the two searches."""

    times: Mapping[str, Times]
    records: Mapping[str, int]
    lives_per_second: float
    fill_seconds: float
    filled: Filled


def measure(
    url: str, trials: int, report: Report, *, few: int = FEW_TRIALS, reads: int = READS, lives: int = LIVES
) -> StorageReport:
    """Fills the database at `url`, which must be empty, and measures it; it is left as it then is.

    Raises `ConfigError` where it holds searches, `StorageError` where a query finds less or more than there is.
    """
    with open_storage(url) as storage, open_engine(url, read_only=False) as engine:
        if known := storage.searches():
            raise ConfigError(
                f"{shown(engine.url)}: expected an empty database to fill, got one with {len(known)} searches; "
                "name another one with --db"
            )
        first, second = (
            _measure_one(storage, engine, name, count, report, reads, lives)
            for name, count in (("bench-few", few), ("bench-many", trials))
        )
        clock = read(engine, watch, Waiting())
        resume_seconds, resume_bytes = _read_all(storage, second.filled.record.search_id, clock)
        database, size = read(engine, _describe, Waiting())
    return StorageReport(
        database,
        few,
        trials,
        size,
        second.fill_seconds,
        tuple(
            Measured(name, second.records.get(name, 1), first.times[name], times)
            for name, times in second.times.items()
        ),
        first.lives_per_second,
        second.lives_per_second,
        resume_seconds,
        resume_bytes,
    )


def _measure_one(
    storage: Storage, engine: Engine, name: str, trials: int, report: Report, reads: int, lives: int
) -> _Part:
    began = time.perf_counter()
    filled = fill(storage, engine, name, trials, report)
    fill_seconds = time.perf_counter() - began
    asked, clock = queries(storage, filled), read(engine, watch, Waiting())
    times = {query.name: _times(_read_often(query, filled.told, reads, clock)) for query in asked}
    driver = Lives(storage, filled, clock)
    per_second = driver.live(lives)
    times |= {step: _times(seconds) for step, seconds in driver.times.items()}
    return _Part(times, {query.name: query.records for query in asked}, per_second, fill_seconds, filled)


def _read_often(query: Query, told: int, reads: int, clock: Watch) -> list[float]:
    """Returns the seconds of each time but the first; raises where a query does not find what is there."""
    rng, seconds = Random(0), list[float]()
    for _ in range(reads + 1):
        at = rng.randrange(told)
        with clock.timed(seconds.append):
            found = query.read(at)
        if len(found) != query.records:
            raise StorageError(f"query {query.name!r}: expected {query.records} records, got {len(found)}")
    return seconds[1:]


def _times(seconds: Sequence[float]) -> Times:
    milliseconds = [1000 * value for value in seconds]
    p95 = quantiles(milliseconds, n=20, method="inclusive")[-1] if len(milliseconds) > 1 else milliseconds[0]
    return Times(median(milliseconds), p95, max(milliseconds))


def _read_all(storage: Storage, search_id: int, clock: Watch) -> tuple[float, int]:
    """Returns the seconds and the bytes that all trials of a search take."""
    before, seconds = _resident_bytes(), list[float]()
    with clock.timed(seconds.append):
        trials = list(storage.all_trials(search_id))
    size = _resident_bytes() - before
    del trials
    return sum(seconds), max(size, 0)


def _resident_bytes() -> int:
    return int(psutil.Process().memory_info().rss)


def _describe(connection: Connection) -> tuple[str, int]:
    """Returns the kind of a database, and its size in bytes."""
    return _DESCRIPTIONS[connection.dialect.name](lambda query: connection.execute(text(query)).scalar_one())


_Ask = Callable[[str], object]


def _sqlite(ask: _Ask) -> tuple[str, int]:
    size = ask("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
    return f"SQLite {ask('SELECT sqlite_version()')}", int(str(size))


def _postgresql(ask: _Ask) -> tuple[str, int]:
    size = ask("SELECT pg_database_size(current_database())")
    return f"PostgreSQL {ask('SHOW server_version')}, fsync {ask('SHOW fsync')}", int(str(size))


_DESCRIPTIONS = {"sqlite": _sqlite, "postgresql": _postgresql}
