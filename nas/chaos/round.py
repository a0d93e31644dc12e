"""One round of a storm: a search, driven to its end by one driver after the other, each disturbed."""

import time
from collections.abc import Callable, Iterator

from nas.chaos.crew import BrokenError
from nas.chaos.faults import POINTED, POINTS, Fault
from nas.chaos.scene import Injection, Scene, comes_true, wait_until
from nas.chaos.verdict import unsound

LONGEST_DELAY_SECONDS = 0.5
"""From when there is something to hit to the fault: less than a training takes."""
POINT_SECONDS = 6.0
"""So long is a driver that is to kill itself left alone at first."""
LATEST_PASS = 3
LAST_SECONDS = 600.0


def drive_through(scene: Scene, faults: Iterator[Fault], is_over: Callable[[], bool]) -> None:
    """Returns when a driver has brought the search to its end; `is_over` says when no more faults are wanted.

    Raises `BrokenError` where no driver comes to the end, or the database is not sound in between.
    """
    while not _has_ended(scene):
        if is_over():
            wait_until(scene.has_ended, lambda: "a driver that is left alone to end", LAST_SECONDS)
        else:
            _disturb(scene, faults)


def _has_ended(scene: Scene) -> bool:
    """Starts another driver where the last one has gone before its time."""
    driver = scene.driver
    code = driver.exit_code()
    if code is None or code == 0:
        return code == 0
    if code not in driver.expected:
        if not driver.has_killed_itself():
            raise BrokenError(f"a driver ended with exit code {code}: {driver.last_words()}")
        scene.injections.append(Injection(POINTED, scene.event, ends_driver=True))
    if damage := unsound(scene.drive.url, scene.waiting):
        raise BrokenError(f"after a driver's end the database is damaged: {damage[0]}")
    scene.driver = scene.crew.start(scene.drive, _next_point(scene))
    if scene.driver.point:
        comes_true(scene.has_ended, POINT_SECONDS)
    return False


def _next_point(scene: Scene) -> str:
    if not scene.points_due:
        return ""
    scene.points_due -= 1
    return f"{scene.dice.choice(POINTS)}:{scene.dice.randint(1, LATEST_PASS)}"


def _disturb(scene: Scene, faults: Iterator[Fault]) -> None:
    """Waits for something to hit, and a little more, and hits what is there then."""
    delay = scene.dice.uniform(0, LONGEST_DELAY_SECONDS)
    if scene.take_aim():
        time.sleep(delay)
        if scene.take_aim():
            injection = next(faults).inject(scene)
            if injection is not None:
                scene.injections.append(injection)
