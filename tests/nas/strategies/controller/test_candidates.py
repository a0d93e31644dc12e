"""Mutants, uniform draws, and which of them are new."""

import torch

from nas.strategies.controller.candidates import mutants, uniform, unseen

COUNTS = (2, 3, 5, 4)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_mutant_differs_from_its_parent_in_one_decision_at_least() -> None:
    parent = torch.tensor([[1, 2, 4, 0]])
    changes = (mutants(parent, COUNTS, 300, 0.0, generator()) != parent).sum(1)
    assert changes.tolist() == [1] * 300


def test_the_rate_is_how_many_more_change_on_average() -> None:
    parent = torch.zeros(1, 40, dtype=torch.int64)
    changes = (mutants(parent, [3] * 40, 4_000, 2.0, generator()) != parent).sum(1).float()
    assert changes.min() == 1
    assert abs(changes.mean() - (1 + 2 * 39 / 40)) < 0.1


def test_mutants_are_of_the_space_and_reach_every_other_option_alike() -> None:
    parent = torch.tensor([[0, 1, 2, 3]])
    children = mutants(parent, COUNTS, 4_000, 0.0, generator())
    for position, options in enumerate(COUNTS):
        counted = torch.bincount(children[:, position], minlength=options)
        assert len(counted) == options
        others = [int(count) for option, count in enumerate(counted) if option != int(parent[0, position])]
        assert max(others) < 1.3 * min(others)


def test_every_parent_has_children() -> None:
    parents = torch.stack([torch.full((6,), value) for value in range(3)])
    children = mutants(parents, [10] * 6, 100, 0.0, generator())
    assert {int(row.mode().values) for row in children} == {0, 1, 2}


def test_a_decision_with_one_option_stays_and_costs_no_change() -> None:
    counts = (1, 3, 1, 4)
    children = mutants(torch.zeros(1, 4, dtype=torch.int64), counts, 4_000, 0.5, generator())
    assert set(children[:, [0, 2]].flatten().tolist()) == {0}
    changes = (children != 0).sum(1).float()
    assert changes.min() == 1
    assert abs(changes.mean() - (1 + 0.5 / 2)) < 0.03


def test_where_nothing_can_change_copies_are_equal() -> None:
    assert mutants(torch.zeros(1, 2, dtype=torch.int64), (1, 1), 3, 1.0, generator()).tolist() == [[0, 0]] * 3


def test_uniform_draws_every_option_alike() -> None:
    draws = uniform(COUNTS, 6_000, generator())
    for position, options in enumerate(COUNTS):
        counted = torch.bincount(draws[:, position], minlength=options)
        assert len(counted) == options
        assert counted.max() < 1.2 * counted.min()


def test_unseen_keeps_the_first_of_each_that_is_new() -> None:
    rows = torch.tensor([[0, 1], [1, 1], [0, 1], [0, 0], [1, 1]])
    assert unseen(rows, [(1, 1)]).tolist() == [[0, 1], [0, 0]]
    assert unseen(rows, [(1, 1), (0, 1), (0, 0)]).shape == (0, 2)
