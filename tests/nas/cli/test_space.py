"""`nas space`: all spaces, one space, limits, and what is refused."""

import json
from pathlib import Path
from random import Random

import pytest

from search_spaces.feasibility import Limits, survey
from search_spaces.registry import build_space, space_names
from tests.nas.cli.calling import Call

EXAMPLES = Path(__file__).parents[2] / "search_spaces" / "examples"


def test_lists_all_spaces(call: Call) -> None:
    ended = call("space")
    assert ended.code == 0
    header, *lines = ended.out.splitlines()
    assert header.split() == ["space", "architectures", "decisions", "about"]
    assert [line.split()[0] for line in lines] == list(space_names())
    assert {line.split()[0]: line.split()[1] for line in lines}["toy"] == "256"
    listed = json.loads(call("space", "--json").out)
    assert [entry["name"] for entry in listed] == list(space_names())
    assert all(entry["about"] for entry in listed)


@pytest.mark.parametrize("name", space_names())
def test_every_space_can_be_looked_at(name: str, call: Call) -> None:
    ended = call("space", name, "--samples", 5)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"space {name}: ")
    assert "multiply-adds" in ended.out


def test_json_is_what_the_space_is(call: Call) -> None:
    ended = call(
        "space", "toy", "--set", "space.settings.filters=8", "--input", "1x28x28", "--classes", 4,
        "--max-params", "2k", "--max-macs", "1.5M", "--json",
    )  # fmt: skip
    facts = json.loads(ended.out)
    space = build_space("toy", filters=8)
    costs = survey(space, (1, 28, 28), 4, 1000, Random(0))
    allowed = costs.allowed(Limits(2_000, 1_500_000))
    assert 0 < allowed < 256
    assert (facts["size"], facts["samples"], facts["is_complete"]) == (256, 256, True)
    assert facts["settings"] == space.settings
    assert [decision["name"] for decision in facts["decisions"]] == [d.name for d in space.decisions]
    assert [operation["name"] for operation in facts["operations"]] == ["conv_3x3", "max_pool_3x3"]
    assert facts["costs"][0]["largest"] == max(cost.parameters for cost in costs.costs)
    assert facts["within_limits"]["count"] == allowed
    assert facts["within_limits"]["share"] == allowed / 256


def test_a_seed_gives_the_same_samples(call: Call) -> None:
    one, same, other = (call("space", "cell", "--samples", 20, "--seed", seed).out for seed in (1, 1, 2))
    assert one == same != other


def test_a_space_in_a_file(call: Call) -> None:
    ended = call("space", EXAMPLES / "own_space.py", "--max-params", 1000)
    assert ended.code == 0
    assert ended.out.startswith("space chain: 9 architectures, 2 decisions\n")
    assert "within the limits: " in ended.out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["cel"], "space 'cel' is not known; known: cell"),
        (["missing.py"], "plugin missing.py: expected a Python file"),
        (["cell", "--set", "space.settings.block=3"], "has no setting 'block'; known: "),
        (["cell", "--input", "1x8x8", "--set", "space.settings.reductions=6"], "reductions"),
        (["cell", "--samples", "0"], "--samples"),
        (["cell", "--max-params", "few"], "--max-params: expected a number"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], expected: str, call: Call) -> None:
    ended = call("space", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert expected in ended.err
