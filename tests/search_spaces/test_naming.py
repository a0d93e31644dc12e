"""What is kept of a graph, and the names of its nodes."""

from search_spaces.layers import Activation, Add, BatchNorm
from search_spaces.naming import ancestors, may_name_part, node_keys

RELU, NORM, ADD = Activation("relu"), BatchNorm(4), Add()


def test_ancestors_are_what_the_output_needs():
    inputs = [(-1,), (0,), (0,), (1, 1), (2, -1)]
    assert ancestors(inputs, 3) == [0, 1, 3]
    assert ancestors(inputs, 4) == [0, 2, 4]
    assert ancestors(inputs, 0) == [0]


def test_a_chain_of_modules_is_numbered():
    assert node_keys([("a",), ("a",)], [RELU, NORM], [(-1,), (0,)]) == ["0", "1"]


def test_what_is_no_chain_has_layers():
    forked = node_keys([("a",)] * 3, [RELU, NORM, NORM], [(-1,), (0,), (0,)])
    with_formula = node_keys([("a",)] * 2, [RELU, ADD], [(-1,), (0, 0)])
    used_elsewhere = node_keys([("a",), ("a",), ("b",)], [RELU, NORM, ADD], [(-1,), (0,), (0, 1)])
    assert forked == ["layer0", "layer1", "layer2"]
    assert with_formula == ["layer0", "layer1"]
    assert used_elsewhere == ["layer0", "layer1", "layer0"]


def test_a_part_with_parts_of_its_own_has_layers():
    scopes = [("a", "b"), ("a",)]
    assert node_keys(scopes, [RELU, NORM], [(-1,), (0,)]) == ["0", "layer0"]


def test_parts_may_not_be_called_what_layers_or_python_need():
    allowed = {name: may_name_part(name) for name in ("layer", "layers0", "conv0", "layer0", "class", "a b")}
    assert [name for name, may in allowed.items() if may] == ["layer", "layers0", "conv0"]
