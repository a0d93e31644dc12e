"""Row 34 of the fault matrix: clocks that jump by an hour cost attempts at the most, and never give two results."""

from pathlib import Path

import pytest

from nas.trial import AttemptState
from tests.faults.children import give_word
from tests.faults.conftest import SceneOf
from tests.faults.scenes import Scene, story, undisturbed, wait_until
from tests.nas.storage.postgresql import Server

HOUR = 3600.0


def check_jumped(searching: Scene, place: Path) -> None:
    searching.check_whole()
    assert searching.ends(3) == [AttemptState.CANCELLED, AttemptState.COMPLETED]
    assert all(trial.attempts == 1 for trial in searching.trials() if trial.number != 3)
    assert searching.record().spent_seconds < HOUR / 2, "time is taken from a clock that jumps"
    (whole, digest) = undisturbed(place, searching.drive)
    assert (story(searching.trials()), searching.digest()) == (whole, digest)


@pytest.mark.parametrize("jump", [HOUR, pytest.param(-HOUR, marks=pytest.mark.faults)])
def test_the_clock_of_a_driver_and_its_sqlite_jumps(scene: SceneOf, tmp_path: Path, jump: float) -> None:
    """In the midst of one driver; the next one, on a machine whose clock is right, takes over when that is killed."""
    searching = scene(
        {1: ["wait_for_word"], 3: ["sleep"]}, lease_seconds=3.0, evaluate="tests.faults.clocks:evaluate"
    )
    driver = searching.start()
    waiting = searching.done(1)
    (searching.place / "jump").write_text(str(jump))
    give_word(waiting)
    searching.done(3)
    for clock in ("wall", "database"):
        wait_until((searching.place / f"jumped.{clock}").exists, f"somebody who looks at the clock: {clock}")
    driver.kill()
    (searching.place / "jump").unlink()
    searching.finish()
    check_jumped(searching, tmp_path / "calm")


@pytest.mark.parametrize("jump", [pytest.param(HOUR, marks=pytest.mark.faults), -HOUR])
def test_the_clock_of_a_server_jumps(scene: SceneOf, tmp_path: Path, server: Server, jump: float) -> None:
    """Between two drivers: what the first one wrote lies an hour in the future or in the past."""
    url = server.new_database()
    database = url.rpartition("/")[2]
    set_ahead(server, database)
    searching = scene({1: ["wait_for_word"], 3: ["sleep"]}, url=url, lease_seconds=3.0)
    driver = searching.start()
    waiting = searching.done(1)
    before = seconds(server, database)
    set_clock(server, database, jump)
    assert abs(seconds(server, database) - before - jump) < HOUR / 2, "the clock has not jumped"
    give_word(waiting)
    searching.done(3)
    driver.kill()
    searching.finish()
    check_jumped(searching, tmp_path / "calm")


def set_ahead(server: Server, database: str) -> None:
    """Puts a clock before that of PostgreSQL, in all sessions to come."""
    server.execute("CREATE SCHEMA clock", database)
    set_clock(server, database, 0.0)
    server.execute(f"ALTER DATABASE {database} SET search_path = clock, pg_catalog, public", database)


def set_clock(server: Server, database: str, jump: float) -> None:
    server.execute(
        "CREATE OR REPLACE FUNCTION clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
        f"$$ SELECT pg_catalog.clock_timestamp() + interval '{jump} seconds' $$",
        database,
    )


def seconds(server: Server, database: str) -> float:
    return float(server.execute("SELECT extract(epoch FROM clock_timestamp())", database)[0][0])
