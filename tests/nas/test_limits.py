"""What is checked before anything is trained: that networks can be built, and how many keep to all limits."""

from random import Random

import pytest

from nas.builders import load_task
from nas.config import load_config
from nas.errors import InfeasibleError, SpaceError
from nas.limits import check_limits, check_networks, check_share, objection, over_limits
from search_spaces.complexity import Cost
from search_spaces.feasibility import TALLY_SAMPLES, Limits, minimum_cost
from search_spaces.registry import build_space
from tests.search_spaces.dial import Dial

PICTURES = ((1, 8, 8), 10)


def limits(**values):
    return load_config(None, {"limits": values}).limits


@pytest.mark.parametrize(("limit", "measure"), [("max_params", "parameters"), ("max_macs", "multiply_adds")])
def test_a_limit_that_nothing_meets_is_refused_with_the_smallest_value(limit, measure):
    space = build_space("toy")
    least = getattr(minimum_cost(space, *PICTURES), measure)
    check_limits(limits(**{limit: least}), space, *PICTURES)
    expected = f"limits.{limit}: expected at least {least:,}.*got {least - 1:,}"
    with pytest.raises(InfeasibleError, match=expected):
        check_limits(limits(**{limit: least - 1}), space, *PICTURES)
    with pytest.raises(InfeasibleError, match=expected):
        load_task(load_config(None, {"space": {"name": "toy"}, "limits": {limit: least - 1}}))


def test_which_limits_a_network_breaks_is_said_with_both_numbers():
    cost = Cost(parameters=1_200, multiply_adds=34_000)
    assert over_limits(Limits(), cost) == over_limits(Limits(1_200, 34_000), cost) == ""
    assert (
        over_limits(Limits(1_199, None), cost) == "expected at most 1,199 parameters, its network has 1,200"
    )
    assert over_limits(Limits(1, 2), cost) == (
        "expected at most 1 parameters, its network has 1,200; expected at most 2 multiply-adds, its network has 34,000"
    )


def test_a_network_that_its_space_fails_to_build_is_an_error_of_the_space(monkeypatch):
    space = build_space("toy")
    architecture = next(space.enumerate())
    assert objection(space, architecture, Limits(), *PICTURES) == ""
    assert "expected at most 1 parameters" in objection(space, architecture, Limits(1), *PICTURES)

    def fail(*_):
        raise ZeroDivisionError("no filters")

    monkeypatch.setattr(type(space), "price", fail)
    with pytest.raises(SpaceError, match="got ZeroDivisionError: no filters"):
        objection(space, architecture, Limits(), *PICTURES)


def test_without_limits_and_with_limits_that_many_keep_all_is_well():
    assert check_share(limits(), Dial(), *PICTURES) is None
    assert check_share(limits(max_params=900_000), Dial(), *PICTURES) is None
    assert (
        check_share(limits(max_params=1_000_000, max_macs=10_000_000), build_space("toy"), *PICTURES) is None
    )


def test_limits_that_some_keep_singly_and_none_together_are_refused():
    for alone in ({"max_params": 400_000}, {"max_macs": 400_000}):
        assert check_share(limits(**alone), Dial(), *PICTURES) is None
    with pytest.raises(
        InfeasibleError,
        match=r"expected more than one in 10,000 architectures of space 'dial' to keep to max_params 400,000 and "
        r"max_macs 400,000 for these pictures, got 0 of 20,000 random ones; allow more",
    ):
        check_share(limits(max_params=400_000, max_macs=400_000), Dial(), *PICTURES)


def test_limits_that_hardly_any_keep_are_warned():
    rng, space = Random(0), Dial()
    lowest = sorted(space.price(space.random(rng), *PICTURES).parameters for _ in range(TALLY_SAMPLES))
    warning = check_share(limits(max_params=lowest[0]), space, *PICTURES)
    assert warning is not None
    assert f"keep to max_params {lowest[0]:,} for these pictures, got 1 of 20,000 random ones" in warning
    assert warning.endswith("the search may end before its budget")
    assert check_share(limits(max_params=lowest[1]), space, *PICTURES) is None


def test_progress_is_told():
    seen = []
    check_share(limits(max_params=900_000), Dial(), *PICTURES, lambda done, total: seen.append((done, total)))
    assert seen[0] == (1, TALLY_SAMPLES)


def test_networks_that_cannot_be_built_are_refused():
    check_networks(build_space("toy"), *PICTURES)
    with pytest.raises(SpaceError, match="reductions"):
        check_networks(build_space("cell", reductions=6, blocks=1), *PICTURES)
