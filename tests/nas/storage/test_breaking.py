"""The harness fails where it says, and a counter that is read, raised and written is right for all that."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from nas.storage.address import parse_url
from nas.storage.connection import Happened, build_engine, read, write
from nas.storage.waiting import Waiting
from tests.nas.storage.breaking import Breaking, break_everywhere, breaking_at

SHORT = Waiting(30)
STEPS = 4


@pytest.fixture(params=["sqlite", "postgresql"])
def counter_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/counter.db"
    else:
        url = request.getfixturevalue("server").new_database()
    engine = build_engine(parse_url(url), read_only=False)
    write(engine, lambda connection: connection.execute(text("CREATE TABLE counter (n INTEGER)")), SHORT)
    write(engine, lambda connection: connection.execute(text("INSERT INTO counter VALUES (0)")), SHORT)
    engine.dispose()
    return url


def count_up(url: str) -> list[int]:
    """Counts up by `STEPS`, each once whatever fails; returns what each step said it had come to."""
    engine = build_engine(parse_url(url), read_only=False)
    said = []
    for n in range(1, STEPS + 1):

        def raise_counter(connection: Connection) -> int:
            connection.execute(text("UPDATE counter SET n = n + 1"))
            return int(connection.scalar(text("SELECT n FROM counter")))

        def look(connection: Connection, n: int = n) -> Happened[int] | None:
            lock = " FOR UPDATE" if connection.dialect.name == "postgresql" else ""
            found = int(connection.scalar(text(f"SELECT n FROM counter{lock}")))
            return Happened(found) if found == n else None

        said.append(write(engine, raise_counter, SHORT, happened=look))
    engine.dispose()
    return said


def counter(url: str) -> int:
    engine = build_engine(parse_url(url), read_only=True)
    found = read(engine, lambda connection: int(connection.scalar(text("SELECT n FROM counter"))), SHORT)
    engine.dispose()
    return found


def reset(url: str) -> None:
    engine = build_engine(parse_url(url), read_only=False)
    write(engine, lambda connection: connection.execute(text("UPDATE counter SET n = 0")), SHORT)
    engine.dispose()


def test_whatever_fails_happens_once(counter_url: str) -> None:
    broken: list[str] = []

    def run() -> None:
        assert count_up(counter_url) == [1, 2, 3, 4]

    def check(breaking: Breaking) -> None:
        broken.append(breaking.steps[breaking.at - 1])
        assert counter(counter_url) == STEPS
        reset(counter_url)

    failures = break_everywhere(run, check)
    assert failures == len(broken) > 3 * STEPS
    assert broken.count("before commit") == broken.count("after commit") == STEPS
    assert any(step.startswith("UPDATE counter") for step in broken)


def test_without_a_look_a_lost_answer_counts_twice(counter_url: str) -> None:
    """What the harness is for: it finds the fault of a caller that does not look."""

    def count_once() -> None:
        engine = build_engine(parse_url(counter_url), read_only=False)
        raise_counter = text("UPDATE counter SET n = n + 1")
        write(engine, lambda connection: connection.execute(raise_counter), SHORT)
        engine.dispose()

    with breaking_at(0) as breaking:
        count_once()
    with breaking_at(breaking.steps.index("after commit") + 1):
        count_once()
    assert counter(counter_url) == 3
