"""What is sought and what contradicts it, told before anything is trained."""

import pytest

from nas.config import load_config, restore_config
from nas.errors import ConfigError


def config(**sections):
    return load_config(None, sections)


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({"reward": {"objectives": ["acuracy"]}}, r"known: accuracy, latency, macs, params\. Did you mean"),
        ({"reward": {"objectives": []}}, "expected at least one"),
        ({"reward": {"objectives": ["params", "-params"]}}, "got 'params' twice"),
        (
            {"reward": {"objectives": ["accuracy", "-params"], "target_params": 1_000}},
            "expected a target on params or an objective, got both",
        ),
        (
            {"reward": {"target_macs": 2_000_000}, "limits": {"max_macs": 1_000_000}},
            "expected a target on macs of at most the limit of 1,000,000.*got 2,000,000",
        ),
        (
            {"reward": {"target_latency_ms": 2.5}, "limits": {"max_latency_ms": 2}},
            r"a target on latency of at most the limit of 2\.0.*got 2\.5",
        ),
        (
            {"reward": {"objectives": ["-params"], "target_macs": 1_000}},
            "expected the objective accuracy, which a target on macs weighs, got -params",
        ),
        (
            {"reward": {"objectives": ["-params", "-accuracy"]}},
            "expected the objective accuracy, which is maximised, got -accuracy, the worst network; leave out",
        ),
        ({"strategy": {"repeats": 3}, "budget": {"trials": 2}}, "at least the 3 repeats of one architecture"),
        ({"reward": {"exponent_above": 0.5}}, "exponent_above: expected a number from -10 to 0, got 0.5"),
        ({"reward": {"target": 3}}, "reward.target: not a known key"),
        ({"limits": {"max_latency_ms": 0}}, "max_latency_ms: expected a number above 0, got 0"),
    ],
)
def test_contradictions_are_one_clear_error(sections, expected) -> None:
    with pytest.raises(ConfigError, match=expected) as caught:
        config(**sections)
    assert "\n" not in str(caught.value)


def test_a_target_on_the_limit_itself_and_beside_other_objectives_is_accepted() -> None:
    wanted = config(
        reward={"target_params": 1_000, "objectives": ["accuracy", "-macs"]}, limits={"max_params": 1_000}
    )
    assert wanted.reward.targets == {"params": 1_000}


@pytest.mark.parametrize(
    ("reward", "needed"),
    [
        ({}, False),
        ({"target_params": 5}, False),
        ({"target_latency_ms": 5}, True),
        ({"objectives": ["accuracy", "-latency"]}, True),
    ],
)
def test_networks_are_timed_only_where_it_matters(reward, needed) -> None:
    assert config(reward=reward).reward.needs_latency is needed


def test_a_search_that_was_stored_without_these_sections_is_restored() -> None:
    stored = config().stored()
    del stored["reward"]
    del stored["strategy"]["repeats"]
    del stored["limits"]["max_latency_ms"]
    assert restore_config(stored, "sqlite:///nas.db") == config()
