import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import nas.web
from nas.storage.owner import current_owner
from nas.storage.records import SearchState
from nas.web.pages.standing import WORDS, reward_shown, standing, state_of
from tests.nas.web.pages.test_listing import RECORD

GONE = re.sub(r":\d+:", ":999999999:", current_owner(), count=1)
CONFIG = {"name": "one", "data": {"dataset": "digits"}, "budget": {"trials": 40}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"state": SearchState.CREATED}, "created"),
        ({"state": SearchState.RUNNING, "owner": current_owner(), "lease_age_seconds": 1.0}, "running"),
        (
            {"state": SearchState.RUNNING, "owner": current_owner(), "lease_age_seconds": 1.0, "held": True},
            "held",
        ),
        ({"state": SearchState.RUNNING, "owner": current_owner(), "lease_age_seconds": 1e6}, "gone"),
        ({"state": SearchState.RUNNING, "owner": GONE, "lease_age_seconds": 1.0}, "gone"),
        ({"state": SearchState.PAUSED}, "stopped"),
        ({"state": SearchState.COMPLETED}, "completed"),
        ({"state": SearchState.FAILED}, "failed"),
    ],
    ids=["created", "running", "held", "silent", "dead", "stopped", "completed", "failed"],
)
def test_every_state_has_a_word(changes: dict[str, Any], expected: str) -> None:
    found = state_of(replace(RECORD, **changes))
    assert found == expected
    assert WORDS[found]


@pytest.mark.parametrize(
    ("reward", "objectives", "name", "shown"),
    [
        (0.91234, ["accuracy"], "accuracy", "91.23 %"),
        (-48_000.0, ["-params"], "params", "48.0 k"),
        (None, ["accuracy"], "accuracy", "-"),
    ],
)
def test_a_reward_is_written_as_what_it_measures(
    reward: float | None, objectives: list[str], name: str, shown: str
) -> None:
    record = replace(RECORD, config={**CONFIG, "reward": {"objectives": objectives}})
    found_name, write = reward_shown(record)
    assert (found_name, write(reward)) == (name, shown)


def test_a_reward_that_targets_weigh_is_a_plain_number() -> None:
    record = replace(RECORD, config={**CONFIG, "reward": {"target_params": 1000}})
    name, write = reward_shown(record)
    assert (name, write(0.91234)) == ("reward", "0.9123")


def test_a_configuration_of_another_version_does_not_keep_the_page_from_being_shown() -> None:
    name, write = reward_shown(replace(RECORD, config={"from": "the future"}))
    assert (name, write(0.5)) == ("reward", "0.5000")


def test_the_budget_is_in_trials_or_else_in_seconds() -> None:
    assert standing(RECORD, None).budget == (40, 40)
    by_time = replace(RECORD, trial_budget=None, time_budget_seconds=7200.0)
    assert standing(by_time, None).share == pytest.approx(0.5)
    assert standing(replace(by_time, time_budget_seconds=None), None).share == 0.0


def test_speed_is_what_ended_in_the_time_that_was_spent() -> None:
    assert standing(RECORD, None).speed == pytest.approx(40.0)
    assert standing(replace(RECORD, spent_seconds=0.0), None).speed is None


def test_the_page_and_its_scripts_put_a_line_together_alike() -> None:
    record = replace(RECORD, state=SearchState.PAUSED, trial_budget=None)
    assert standing(record, None).view == "paused,false,false,40,40,10,,3"
    script = (Path(nas.web.__file__).parent / "static" / "searches.js").read_text(encoding="utf-8")
    assert (
        "[data.state, data.held, data.driven, data.created, data.done, data.failed, data.of, data.best_number].join()"
    ) in script
