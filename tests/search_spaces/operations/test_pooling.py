"""Pooling."""

import pytest
import torch

from tests.search_spaces.operations.blocks import layer_names, module, parameters


@pytest.mark.parametrize(
    "name", ["max_pool_3x3", "max_pool_5x5", "max_pool_7x7", "avg_pool_3x3", "avg_pool_5x5"]
)
def test_pooling_is_free_where_the_width_stays(name):
    for stride in (1, 2):
        assert layer_names(name, 8, stride=stride) == ["Pool"]
    assert parameters(name, 8) == 0
    assert layer_names(name, 8, 4) == ["Pool", "Activation", "Conv", "BatchNorm"]


@pytest.mark.parametrize("kernel", [3, 5, 7])
def test_the_largest_of_a_window_is_seen_from_everywhere_in_it(kernel):
    picture = torch.zeros(1, 1, 9, 9)
    picture[0, 0, 4, 4] = 1
    pooled = module(f"max_pool_{kernel}x{kernel}", 1, size=(9, 9))(picture)
    assert pooled.sum() == kernel**2


@pytest.mark.parametrize("kernel", [3, 5])
def test_pixels_beyond_the_edge_do_not_count_for_the_mean(kernel):
    picture = torch.rand(1, 1, 9, 9)
    pool = module(f"avg_pool_{kernel}x{kernel}", 1, size=(9, 9))
    assert pool(torch.ones(1, 1, 9, 9)).allclose(torch.ones(1, 1, 9, 9))
    half = kernel // 2
    middle = picture[0, 0, 4 - half : 5 + half, 4 - half : 5 + half]
    assert pool(picture)[0, 0, 4, 4].allclose(middle.mean())
