"""Rows 20 to 22 of the fault matrix: a PostgreSQL that crashes, goes away or ends connections while a search runs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nas.storage.records import SearchState
from nas.trial import AttemptState
from tests.faults.children import give_word
from tests.faults.conftest import SceneOf
from tests.faults.scenes import Scene, story, undisturbed, wait_until
from tests.nas.storage.postgresql import Server

DONE = AttemptState.COMPLETED


@pytest.fixture
def mortal(server: Server) -> Iterator[Server]:
    """The server, which is there again after the test."""
    yield server
    if not (server.home / "data" / "postmaster.pid").exists():
        server.start()


def check_nothing_was_lost(searching: Scene, place: Path) -> None:
    searching.check_whole()
    assert all(searching.ends(trial.number) == [DONE] for trial in searching.trials()), (
        "something was trained twice"
    )
    assert (story(searching.trials()), searching.digest()) == undisturbed(place, searching.drive)


def test_a_server_that_crashes_and_is_there_again_after_five_seconds(
    scene: SceneOf, tmp_path: Path, mortal: Server
) -> None:
    searching = scene({2: ["wait_for_word"]}, url=mortal.new_database())
    driver = searching.start()
    waiting = searching.done(2)
    mortal.kill()
    give_word(waiting)
    again = mortal.start_in(5)
    wait_until(lambda: searching.has_trained(2), "the end of a training meanwhile")
    again.join()
    assert driver.end() == 0, driver.lines
    check_nothing_was_lost(searching, tmp_path / "calm")


def stop_until_told(searching: Scene, server: Server, words: str) -> None:
    """Takes the server away in the midst of a training, until the driver has said so."""
    driver = searching.start()
    waiting = searching.done(2)
    server.stop()
    give_word(waiting)
    driver.wait_for("waited", words, "waiting for another")
    server.start()
    assert driver.end() == 0, driver.lines
    driver.wait_for("there again after")


def test_a_server_that_is_away_for_a_while(scene: SceneOf, tmp_path: Path, mortal: Server) -> None:
    searching = scene({2: ["wait_for_word"]}, url=mortal.new_database())
    stop_until_told(searching, mortal, "waited 5 s")
    check_nothing_was_lost(searching, tmp_path / "calm")


@pytest.mark.faults
def test_a_server_that_is_away_for_more_than_a_minute(scene: SceneOf, tmp_path: Path, mortal: Server) -> None:
    """Told of after 5, 35 and 65 s; the lease has run out by then, and nobody has taken it."""
    searching = scene({2: ["wait_for_word"]}, url=mortal.new_database(), db_timeout=600.0)
    stop_until_told(searching, mortal, "waited 6")
    said = re.findall(r"waited (\d+) s, waiting for another", "\n".join(searching.drivers[0].lines))
    assert len({int(seconds) // 30 for seconds in said}) == 3, "every half minute there is a word"
    check_nothing_was_lost(searching, tmp_path / "calm")


def test_a_server_that_stays_away_for_too_long(scene: SceneOf, mortal: Server) -> None:
    searching = scene({2: ["wait_for_word"]}, url=mortal.new_database(), db_timeout=1.0)
    driver = searching.start()
    waiting = searching.done(2)
    mortal.stop()
    give_word(waiting)
    assert driver.end() == 3, driver.lines
    assert driver.lines[-1].startswith("error: postgresql+psycopg://nas:***@127.0.0.1")
    assert "waited 1 s for it; check that the server runs" in driver.lines[-1]
    mortal.start()
    assert searching.record().state is SearchState.RUNNING
    searching.finish()
    searching.check_whole()


def test_connections_that_are_ended_in_the_midst_of_a_transaction(
    scene: SceneOf, tmp_path: Path, server: Server
) -> None:
    searching = scene(url=server.new_database())
    database = searching.drive.url.rpartition("/")[2]
    driver = searching.start(NAS_PAUSE_AT="finish.before_commit:150")
    in_the_midst = (
        "SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction' AND application_name = 'nas' "
        f"AND datname = '{database}'"
    )
    for _ in range(4):
        wait_until(lambda: server.execute(in_the_midst) or driver.has_ended, "a transaction")
        assert not driver.has_ended, "the search was over before four transactions were met"
        assert server.terminate_backends(database) >= 1
        wait_until(lambda: not server.execute(in_the_midst), "its end")
    assert driver.end() == 0, driver.lines
    check_nothing_was_lost(searching, tmp_path / "calm")
