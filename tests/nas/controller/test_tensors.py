"""Tensors of several parts in one place, each found again."""

import torch

from nas.controller.tensors import prefixed, under


def test_each_part_gets_back_its_own() -> None:
    one, other = {"a": torch.zeros(1), "b": torch.ones(2)}, {"a": torch.ones(3)}
    together = prefixed("one.", one) | prefixed("other.", other) | {"a": torch.zeros(0)}
    assert len(together) == 4
    assert under("one.", together) == one
    assert under("other.", together) == other
