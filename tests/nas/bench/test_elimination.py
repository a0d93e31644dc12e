"""The exact maximum, against trying everything."""

from itertools import product

import numpy as np
import pytest

from nas.bench.elimination import Factor, maximise


def brute_force(factors, counts):
    return max(
        (sum(float(table[tuple(values[v] for v in variables)]) for variables, table in factors), values)
        for values in product(*map(range, counts))
    )


@pytest.mark.parametrize("seed", range(6))
def test_rings_with_axes_in_any_order(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(2, 5, 6).tolist()
    scopes = [tuple(rng.permutation([place, (place + 1) % 6, (place + 2) % 6])) for place in range(6)]
    factors = [Factor(scope, rng.normal(size=[counts[one] for one in scope])) for scope in scopes]
    value, chosen = maximise(factors, 6)
    best, values = brute_force(factors, counts)
    assert value == pytest.approx(best)
    assert chosen == values


def test_what_is_forbidden_is_not_chosen():
    favourite = Factor((0, 1), np.array([[0.0, 1.0], [5.0, 2.0]]))
    forbidden = Factor((1, 0), np.array([[0.0, -np.inf], [0.0, 0.0]]))
    assert maximise([favourite, forbidden], 2) == (2.0, (1, 1))


def test_variables_that_nothing_ties_together():
    factors = [Factor((place,), np.array([0.0, 1.0, -1.0])) for place in range(3)]
    assert maximise(factors, 3) == (3.0, (1, 1, 1))
