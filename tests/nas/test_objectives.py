"""Names of objectives, their direction, and what is said where one cannot be read or was not measured."""

import pytest

from nas.errors import ConfigError
from nas.objectives import Objective, parse_objectives, values_of
from workers.job import Outcome

OUTCOME = Outcome(4, 0.75, parameters=1_000, multiply_adds=20_000)


def test_each_measure_can_be_wanted_high_or_low() -> None:
    objectives = parse_objectives(["accuracy", "-params", "-macs"])
    assert values_of(objectives, OUTCOME, "it") == (0.75, -1_000.0, -20_000.0)
    assert values_of(parse_objectives(["params"]), OUTCOME, "it") == (1_000.0,)
    assert [str(objective) for objective in objectives] == ["accuracy", "-params", "-macs"]
    assert Objective("macs", is_minimised=True).signed(-5.0) == 5.0


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("-parameters", "-params"),
        ("-multiply_adds", "-macs"),
        ("-multiply-adds", "-macs"),
        ("latency_ms", "latency"),
        ("validation_accuracy", "accuracy"),
    ],
)
def test_the_names_of_the_columns_are_understood(alias: str, name: str) -> None:
    assert parse_objectives([alias]) == parse_objectives([name])


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], "expected at least one"),
        (["acuracy"], r"objective 'acuracy'.*Did you mean 'accuracy'\?"),
        (["--params"], "objective '--params': expected a measure"),
        (["-"], "objective '-'"),
        (["accuracy", "accuracy"], "got 'accuracy' twice"),
        (["params", "accuracy", "-parameters"], r"got 'params' twice \(params, accuracy, -params\)"),
    ],
)
def test_what_cannot_be_read_is_refused(texts: list[str], expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        parse_objectives(texts)


def test_a_measure_that_was_not_taken_is_named() -> None:
    with pytest.raises(ConfigError, match="objective '-latency': expected latency of trial 4, which was not"):
        values_of(parse_objectives(["accuracy", "-latency"]), OUTCOME, "trial 4")
