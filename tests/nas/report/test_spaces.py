"""What is in a space, as text and as plain data."""

import json
from dataclasses import dataclass
from random import Random

import pytest

from nas.report.formats import format_interval
from nas.report.spaces import (
    DecisionGroup,
    about_space,
    group_decisions,
    size_text,
    space_facts,
    space_report,
    survey_facts,
    survey_report,
    used_operations,
)
from nas.report.statistics import wilson_interval
from search_spaces.complexity import Cost
from search_spaces.feasibility import Limits, Survey, survey
from search_spaces.registry import build_space
from search_spaces.space import Decision, Space
from search_spaces.spaces.toy import ToySpace

SURVEY = Survey(tuple(Cost(parameters, 10_000 * parameters) for parameters in (5, 1, 4, 2, 3, 1000)), False)


def test_decisions_that_differ_in_numbers_alone_are_one_group() -> None:
    names = [
        "a.block0.op",
        "a.se",
        "a.block1.op",
        "b.block0.op",
        "layer2.skip0",
        "layer2.skip1",
        "layer3.skip2",
    ]
    groups = group_decisions([Decision(name, ("yes", "no")) for name in names])
    assert [(group.name, len(group.members)) for group in groups] == [
        ("a.block0..1.op", 2),
        ("a.se", 1),
        ("b.block0.op", 1),
        ("layer2..3.skip0..2", 3),
    ]


def test_options_are_counted_and_named_unless_they_are_operations() -> None:
    inputs = DecisionGroup((Decision("b0", ("x", "y")), Decision("b1", ("x", "y", "b0"))))
    assert inputs.options == "2 to 3: x, y, b0"
    assert DecisionGroup((Decision("kernel", ("3", "5")),)).options == "2: 3, 5"
    assert DecisionGroup((Decision("op", ("identity", "conv_3x3")),)).options == "2 operations"


def test_every_decision_is_in_one_group() -> None:
    space = build_space("cell")
    members = [member for group in group_decisions(space.decisions) for member in group.members]
    assert sorted(members, key=str) == sorted(space.decisions, key=str)
    assert len(group_decisions(space.decisions)) < len(space.decisions) / 2


@pytest.mark.parametrize(
    ("log", "text"), [(0.0, "1"), (2.408239965, "256"), (4.193820026, "15,625"), (28.34, "10^28.3")]
)
def test_sizes(log: float, text: str) -> None:
    assert size_text(log) == text


def test_what_a_space_is_about() -> None:
    @dataclass(frozen=True)
    class Silent(ToySpace):
        name = "silent"

    @dataclass(frozen=True)
    class Telling(ToySpace):
        """One line. Another.

        More.
        """

        name = "telling"

    assert about_space(Silent()) == ""
    assert about_space(Telling()) == "One line. Another"


def test_the_report_of_a_space() -> None:
    report = space_report(ToySpace())
    assert report.startswith("space toy: 256 architectures, 8 decisions\n\nThe toy space: ")
    assert "\n\nsettings: " in report
    assert "blocks=1" in report
    assert "conv_3x3      convolution  " in report
    assert [operation.name for operation in used_operations(ToySpace())] == ["conv_3x3", "max_pool_3x3"]


@pytest.mark.parametrize("name", ["reference", "nasbench201"])
def test_an_option_that_happens_to_have_the_name_of_an_operation_is_none(name: str) -> None:
    space: Space = build_space(name)
    assert used_operations(space) == []
    assert "computes" not in space_report(space)


def test_a_space_is_explained_by_the_file_that_declares_it() -> None:
    assert "A layer is act(norm(conv(inputs)))." in space_report(build_space("macro"))
    assert ", 1 decision\n" in space_report(build_space("reference"))


def test_the_facts_of_a_space_survive_json() -> None:
    facts = json.loads(json.dumps(space_facts(ToySpace())))
    assert (facts["size"], round(facts["log10_size"], 3)) == (256, 2.408)
    assert facts["decisions"][0] == {"name": "normal.block0.left_input", "options": ["previous", "current"]}
    assert facts["operations"][1]["family"] == "pooling"
    assert facts["explanation"].startswith("The toy space")


def test_the_report_of_a_survey() -> None:
    interval = format_interval(wilson_interval(4, 6))
    assert survey_report(SURVEY, Limits(4, 40_000), "for these pictures").splitlines() == [
        "6 random architectures for these pictures",
        "               smallest  median  largest",
        "parameters            1       3   1.00 k",
        "multiply-adds    10.0 k  30.0 k   10.0 M",
        f"within the limits: 4 of them, 66.7 % {interval}",
    ]
    assert "limits" not in survey_report(SURVEY, Limits(), "")


def test_a_survey_of_all_has_no_interval() -> None:
    whole = survey(ToySpace(), (3, 8, 8), 10, 256, Random(0))
    report = survey_report(whole, Limits(parameters=10**9), "for these pictures")
    assert report.startswith("all 256 architectures for these pictures\n")
    assert report.endswith("within the limits: 256 of them, 100.0 %")


def test_the_facts_of_a_survey() -> None:
    facts = survey_facts(SURVEY, Limits(4))
    assert facts["within_limits"] == {"count": 4, "share": 4 / 6, "interval_95": wilson_interval(4, 6)}
    assert survey_facts(SURVEY, Limits())["within_limits"] is None
    assert facts["costs"] == [
        {"measure": "parameters", "smallest": 1, "median": 3, "largest": 1000},
        {"measure": "multiply-adds", "smallest": 10_000, "median": 30_000, "largest": 10_000_000},
    ]
