"""A storm on real processes: its faults are seen, and the search is what it would have been."""

import signal
from collections import Counter
from pathlib import Path
from random import Random

import psutil
import pytest

from nas.chaos.crew import BrokenError, Crew, Nursery
from nas.chaos.faults import FAULTS, deal
from nas.chaos.plan import Plan
from nas.chaos.report import as_json, as_text, sum_up
from nas.chaos.scene import comes_true
from nas.chaos.storm import Round, Storm


def test_faults_come_in_an_order_that_the_seed_decides_and_first_one_of_each_kind() -> None:
    one, same, another = (
        [next(faults).name for _ in range(60)] for faults in (deal(Random(s)) for s in (3, 3, 4))
    )
    assert one == same != another
    kinds = {fault.name for fault in FAULTS}
    assert set(one[: len(kinds)]) == kinds
    assert Counter(one[len(kinds) : len(kinds) + sum(f.weight for f in FAULTS)]) == {
        f.name: f.weight for f in FAULTS
    }


def test_a_storm_that_hits_nothing_proves_nothing(tmp_path: Path) -> None:
    report = sum_up(Plan(f"sqlite:///{tmp_path / 'nas.db'}"), [Round("calm")])
    assert not report.is_sound
    assert "no attempt was lost" in as_text(report)
    assert "nas chaos --seed 0" in as_text(report)
    assert as_json(report)["is_sound"] is False


def test_what_a_crew_has_started_ends_with_it(tmp_path: Path) -> None:
    drive = Plan(f"sqlite:///{tmp_path / 'nas.db'}", trials=50, strategy="random").drive(1)
    with Nursery(drive, tmp_path) as nursery:
        with Crew(nursery, tmp_path / "crew") as crew:
            asleep, driver = crew.start(drive), crew.start(drive)
            asleep.send(signal.SIGSTOP)
            assert comes_true(lambda: psutil.Process(driver.pid).children() != [], 120)
            workers = psutil.Process(driver.pid).children()
            told = [word for one in (psutil.Process(driver.pid), *workers) for word in one.cmdline()]
            assert not any("nas.db" in word for word in told), "a URL may hold a password"
        assert (asleep.wait(), driver.wait()) == (-signal.SIGKILL, -signal.SIGKILL)
        assert comes_true(lambda: not any(worker.is_running() for worker in workers), 60)
        assert crew.left_after_a_while() == []
        with Crew(nursery, tmp_path / "another") as crew:
            orphan = psutil.Process(crew.start(drive).pid)
            psutil.Process(orphan.ppid()).kill()
            assert comes_true(lambda: not orphan.is_running(), 60)
            with pytest.raises(BrokenError, match="the nursery of drivers has ended"):
                crew.start(drive)


@pytest.mark.faults
@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_longer_storm_with_faults_of_every_kind(
    kind: str, workers: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    server = request.getfixturevalue("server") if kind == "postgresql" else None
    url = server.new_database() if server else f"sqlite:///{tmp_path / 'nas.db'}"
    plan = Plan(url, kills=30, seed=5, workers=workers, trials=20)
    report = sum_up(plan, Storm(plan, tmp_path).run())
    assert report.is_sound, as_text(report)
    seen = {count.fault for count in report.faults if count.survived == count.injected > 0}
    expected = {fault.name for fault in FAULTS} - {"database"}
    expected.add("database connections cut" if server else "database locked")
    assert expected <= seen, as_text(report)
    assert report.kills >= plan.kills
    assert report.fenced >= 2
