"""Registering operations, finding them by name, and what is refused."""

import pytest

from search_spaces.errors import SpaceError, UnknownNameError
from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations import OPERATIONS, Operation, find_operations, operation


@pytest.fixture(autouse=True)
def _only_for_this_test():
    """Whatever is registered is forgotten again."""
    known = dict(OPERATIONS)
    yield
    OPERATIONS.clear()
    OPERATIONS.update(known)


def forgets_its_stride(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    return g.conv(x, channels_out, kernel=3)


def test_one_function_under_several_names():
    @operation("padded_2", family="mine", times=2)
    @operation("padded_3", family="mine", times=3)
    def padded(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, times: int) -> Value:
        """x, {times} times {0, 1}.

        Not part of the formula.
        """
        return g.concat([x] * times)

    two, three = find_operations(["padded_2", "padded_3"])
    g = GraphBuilder((4, 6, 6))
    assert (two.formula, three.formula) == ("x, 2 times {0, 1}", "x, 3 times {0, 1}")
    assert two.add_to(g, g.image, 8, stride=1).shape == (8, 6, 6)
    assert three.add_to(g, g.image, 12, stride=1).shape == (12, 6, 6)
    assert padded(g, g.image, 4, stride=1, times=1) == g.image


def test_a_docstring_without_parameters_is_taken_as_it_is():
    @operation("braces", family="mine")
    def braces(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
        """x in {0, 1}."""
        return x

    assert OPERATIONS["braces"].formula == "x in {0, 1}"
    assert Operation("untold", "mine", forgets_its_stride).formula == ""


def test_a_second_registration_raises():
    with pytest.raises(SpaceError, match="operation 'conv_3x3' is registered already; choose another name"):
        operation("conv_3x3", family="convolution")(forgets_its_stride)


def test_names_are_identifiers():
    with pytest.raises(SpaceError, match="expected a name of letters, digits and underscores, got 'my,op'"):
        operation("my,op", family="mine")


def test_an_unknown_operation_lists_the_known_and_the_nearest():
    message = r"operation 'sep_conv_9x9' is not known; known: avg_pool_3x3, .* mean 'sep_conv_"
    with pytest.raises(UnknownNameError, match=message):
        find_operations(["identity", "sep_conv_9x9"])


def test_an_operation_that_gives_another_shape_is_named():
    mine = Operation("mine", "test", forgets_its_stride)
    g = GraphBuilder((3, 9, 8))
    assert mine.add_to(g, g.image, 6, stride=1).shape == (6, 9, 8)
    message = r"operation 'mine', stride 2: expected \(6, 5, 4\) to come of \(3, 9, 8\), got \(6, 9, 8\)"
    with pytest.raises(SpaceError, match=message):
        mine.add_to(g, g.image, 6, stride=2)


def test_an_operation_that_returns_nothing_is_named():
    def forgetful(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
        g.conv(x, channels_out, kernel=3, stride=stride)

    g = GraphBuilder((3, 9, 8))
    message = r"operation 'mine', stride 1: expected \(6, 9, 8\) to come of \(3, 9, 8\), got None"
    with pytest.raises(SpaceError, match=message):
        Operation("mine", "test", forgetful).add_to(g, g.image, 6, stride=1)


@pytest.mark.parametrize(
    ("parameters", "cause"),
    [({}, "missing a required argument: 'times'"), ({"times": 2, "time": 2}, "argument 'time'")],
)
def test_a_function_that_could_not_be_called_is_refused_at_once(parameters, cause):
    def repeated(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, times: int) -> Value:
        return g.concat([x] * times)

    message = rf"operation 'mine': expected a function of \(g, x, channels_out, \*, stride\), .*{cause}"
    with pytest.raises(SpaceError, match=message):
        operation("mine", family="test", **parameters)(repeated)
    assert "mine" not in OPERATIONS


def test_channels_that_groups_do_not_divide_are_refused_in_the_name_of_the_operation():
    def grouped(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
        return g.conv(x, channels_out, kernel=1, stride=stride, groups=4)

    g = GraphBuilder((30, 8, 8))
    message = r"operation 'mine': convolution: `channels_in` \(=30\) must be divisible by `groups` \(=4\)"
    with pytest.raises(SpaceError, match=message):
        Operation("mine", "test", grouped).add_to(g, g.image, 8, stride=1)
