"""The identity, the factorised reduction, and zero."""

import torch

from search_spaces.build import build_module
from search_spaces.graph import GraphBuilder
from search_spaces.operations import OPERATIONS
from search_spaces.operations.identity import factorised_reduce
from tests.search_spaces.operations.blocks import block, layer_names, parameters


def test_identity_costs_nothing_where_it_can():
    assert layer_names("identity", 8) == []
    assert layer_names("identity", 8, 4) == ["Activation", "Conv", "BatchNorm"]


def test_the_same_operation_goes_by_its_name_at_stride_two():
    for stride in (1, 2):
        assert block("factorised_reduce", 8, stride=stride) == block("identity", 8, stride=stride)


def test_a_factorised_reduction_sees_every_other_diagonal_pixel():
    g = GraphBuilder((1, 4, 4))
    torch.manual_seed(0)
    module = build_module(g.finish(factorised_reduce(g, g.image, 2))).eval()
    picture = torch.ones(1, 1, 4, 4, requires_grad=True)
    module(picture).sum().backward()
    assert picture.grad[0, 0].ne(0).int().tolist() == [[1, 0, 1, 0], [0, 1, 0, 1]] * 2


def test_a_factorised_reduction_costs_as_much_as_one_convolution():
    assert parameters("factorised_reduce", 8, 5, stride=2) == 8 * 5 + 2 * 5


def test_zero_adds_no_layer():
    g = GraphBuilder((3, 5, 6))
    for stride, shape in ((1, (7, 5, 6)), (2, (7, 3, 3))):
        output = OPERATIONS["zero"].add_to(g, g.image, 7, stride=stride)
        assert output.is_zero
        assert output.shape == shape
    assert g.add(g.image, OPERATIONS["zero"].add_to(g, g.image, 3, stride=1)) == g.image
