"""Every setting of the controller changes what a search proposes or how it learns."""

from dataclasses import fields, replace
from typing import Any

import pytest

from nas.strategies.controller.settings import ControllerSettings
from nas.strategies.controller.strategy import Controller
from nas.strategies.wrapped import wrapped
from nas.trial import PolicyUpdate, Trial
from search_spaces.spaces.toy import ToySpace
from tests.nas.strategies.driver import Driver
from tests.nas.strategies.landscape import landscape

SPACE = ToySpace()
BASE: dict[str, Any] = {
    "first_results": 6,
    "results_per_update": 3,
    "results_limit": 10,
    "imagined_results": 8,
    "drawn": 8,
    "drawn_hot": 8,
    "mutated": 8,
    "shortlist": 12,
}
"""Small, so that a short search comes to what each of them limits."""
CHANGES: dict[str, Any] = {
    "first_results": 8,
    "results_per_update": 4,
    "results_limit": 12,
    "fit_steps": 2,
    "imagined_steps": 3,
    "imagined_results": 9,
    "optimism": 0.9,
    "tried_penalty": 0.9,
    "learning_rate": 0.011,
    "entropy_weight": 1.1,
    "hidden": 16,
    "embedding": 8,
    "gradient_clip": 0.05,
    "importance_clip": 1.0,
    "drawn": 9,
    "drawn_hot": 9,
    "temperature": 2.0,
    "mutated": 9,
    "mutation_rate": 3.0,
    "parents": 1,
    "shortlist": 2,
}


def searched(**settings: Any) -> tuple[list[Trial], list[PolicyUpdate]]:
    """What a search proposed and learnt; some results come late."""
    inner = Controller(SPACE, 0, ControllerSettings(**(BASE | settings)))
    driver = Driver(wrapped(inner, str), SPACE, landscape(SPACE, 0))
    driver.ask(3)
    driver.rounds(4, batch=5)
    driver.tell([0, 2, 1])
    driver.rounds(2, batch=3)
    return driver.trials, [
        replace(update, imagined=0) for update in driver.updates
    ]  # a mere count of the settings


@pytest.fixture(scope="module")
def unchanged() -> tuple[list[Trial], list[PolicyUpdate]]:
    return searched()


@pytest.mark.parametrize(("name", "value"), CHANGES.items())
def test_every_setting_changes_the_search(
    name: str, value: object, unchanged: tuple[list[Trial], list[PolicyUpdate]]
) -> None:
    assert searched(**{name: value}) != unchanged


def test_the_same_settings_change_nothing(unchanged: tuple[list[Trial], list[PolicyUpdate]]) -> None:
    assert searched() == unchanged


def test_every_setting_is_among_those_changed() -> None:
    assert list(CHANGES) == [field.name for field in fields(ControllerSettings)]


def test_one_tell_gives_one_update_at_most() -> None:
    inner = Controller(SPACE, 0, ControllerSettings(**BASE))
    driver = Driver(wrapped(inner, str), SPACE, landscape(SPACE, 0))
    driver.rounds(2, batch=20)  # of three results for an update each
    assert [len(update.trials) for update in driver.updates] == [20, 20]
