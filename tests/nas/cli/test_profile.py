"""`nas profile`: golden rows, sums, and what is refused."""

import json
import re

import pytest

from search_spaces.complexity import cost
from search_spaces.profile import peak_activation_bytes
from search_spaces.reference import NETWORKS
from tests.nas.cli.calling import Call


def test_a_row_of_alexnet_as_in_its_table(call: Call) -> None:
    ended = call("profile", "alexnet", "--classes", 1000)
    assert (ended.code, ended.err) == (0, "")
    # 64 filters of 11x11x3 and a bias each; 64 x 56 x 56 numbers of 4 bytes are 784 KB.
    conv1 = r"conv1\.0 +conv +3x227x227 +64x56x56 +11 +4 +2 +784\.0 +23,296 +72,855,552"
    assert re.search(conv1, ended.out)
    assert ended.out.splitlines()[-2] == "61,100,840 parameters, 716,767,232 multiply-adds a picture"


def test_json_holds_every_layer_and_the_sums(call: Call) -> None:
    ended = call("profile", "googlenet", "--input", "3x64x48", "--classes", 7, "--batch", 5, "--json")
    profile = json.loads(ended.out)
    graph = NETWORKS["googlenet"].network((3, 64, 48), 7)
    whole = cost(graph)
    layers = profile.pop("layers")
    assert profile == {
        "title": "googlenet",
        "image": [3, 64, 48],
        "classes": 7,
        "parameters": whole.parameters,
        "multiply_adds": whole.multiply_adds,
        "multiply_adds_with_normalisation": whole.multiply_adds,
        "batch": 5,
        "peak_activation_bytes": peak_activation_bytes(graph, 5),
        "training_activation_bytes": 5 * whole.activation_bytes,
    }
    assert [layer["name"] for layer in layers] == [node.name for node in graph.nodes]
    assert sum(layer["multiply_adds"] for layer in layers) == whole.multiply_adds


def test_a_long_network_can_be_folded_to_its_parts(call: Call) -> None:
    whole, parts = (
        json.loads(call("profile", "googlenet", *depth, "--json").out)["layers"]
        for depth in ((), ("--depth", 1))
    )
    assert len(parts) < len(whole) / 5
    assert sum(part["parameters"] for part in parts) == sum(layer["parameters"] for layer in whole)


def test_the_best_trial_and_another_one(call: Call, finished_database: str) -> None:
    best, third = (
        call("profile", "tiny", *trial, "--db", finished_database).out.splitlines()[0] for trial in ((), (3,))
    )
    assert best.startswith("trial ")
    assert best.endswith(" of tiny: pictures 1x8x8, 10 classes")
    assert third == "trial 3 of tiny: pictures 1x8x8, 10 classes"


def test_an_architecture_of_a_space_for_other_pictures(call: Call) -> None:
    ended = call("profile", "toy:0.1.1.0.0.0.0.1", "--input", "1x28x28", "--set", "space.settings.filters=8")
    assert ended.out.splitlines()[0].endswith(": pictures 1x28x28, 10 classes")
    assert "8x28x28" in ended.out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["alexnet", "--input", "3x32x32"],
            "network 'alexnet': expected pictures of at least 63x63 pixels, got 32x32",
        ),
        (
            ["alexnet", "--input", "32x32"],
            "--input: expected CHANNELSxHEIGHTxWIDTH such as 3x32x32, got '32x32'",
        ),
        (["alexnet", "--input", "3x0x32"], "--input: expected CHANNELSxHEIGHTxWIDTH"),
        (["alexnet", "--classes", "0"], "--classes"),
        (["alexnet", "--batch", "0"], "--batch"),
        (["alexnet", "--depth", "0"], "--depth"),
        (["alexnett"], "did you mean alexnet"),
        (["alexnet", "3"], "TRIAL: expected only beside the name of a search"),
        (["toy:0.1"], "space 'toy': expected 8 tokens, got 2"),
        (
            ["cell:0.1", "--set", "space.settings.filters=0"],
            "setting 'filters': expected a whole number from 1",
        ),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], expected: str, call: Call, database: str) -> None:
    ended = call("profile", "--db", database, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert expected in ended.err
