import pytest

from nas.objectives import Objective
from nas.web.pages.effect_plot import MOST_OPTIONS, effect_plot, listed_options
from nas.web.view.answers import Effect


def effect(
    difference: float | None, reach: float | None, *, clear: bool = False, mean: float | None = 0.8
) -> Effect:
    low = None if difference is None or reach is None else difference - reach
    high = None if difference is None or reach is None else difference + reach
    return Effect(None, "conv", 9, 8, 7, mean, 0.7, difference, low, high, 0.5, clear)


def shown(value: float | None) -> str:
    return str(value)


def test_all_intervals_and_no_difference_lie_on_one_scale() -> None:
    plot = effect_plot((effect(0.2, 0.1, clear=True), effect(-0.3, 0.1, clear=True)), None, shown)
    up, down = plot.rows
    assert up.low is not None
    assert up.high is not None
    assert down.low is not None
    assert 0 < down.low < plot.zero < up.low < up.high < 100
    assert (up.high - up.low) == pytest.approx(0.2 / 0.7 * 92, abs=0.01)
    assert (up.sign, down.sign) == ("up", "down")


def test_a_difference_of_accuracies_is_in_points_and_another_a_plain_number() -> None:
    accuracy = effect_plot((effect(0.0123, 0.1),), Objective("accuracy"), shown)
    assert (accuracy.unit, accuracy.rows[0].difference) == ("points", "+1.23")
    plain = effect_plot((effect(-1234.5, 1.0),), None, shown)
    assert (plain.unit, plain.rows[0].difference) == ("", "-1234")


def test_what_cannot_be_said_is_not_drawn() -> None:
    plot = effect_plot((effect(None, None), effect(None, None, mean=None)), None, shown)
    (row,) = plot.rows
    assert (row.low, row.difference, row.sign) == (None, "-", "open")


def test_equal_networks_are_drawn_without_a_division_by_nothing() -> None:
    assert effect_plot((effect(0.0, 0.0),), None, shown).rows[0].middle == effect_plot((), None, shown).zero


def test_of_a_large_space_the_clear_options_are_listed() -> None:
    many = [effect(0.1, 0.1, clear=index == 3) for index in range(MOST_OPTIONS + 1)]
    assert listed_options(many) == [many[3]]
    assert listed_options(many[:MOST_OPTIONS]) == many[:MOST_OPTIONS]


def test_the_trials_with_an_option_are_found_by_its_filter() -> None:
    one = Effect("node1", "conv", 9, 8, 7, 0.8, 0.7, 0.1, 0.0, 0.2, 0.5, False)
    assert effect_plot((one,), None, shown).rows[0].filter == "node1=conv"
    assert effect_plot((effect(0.1, 0.1),), None, shown).rows[0].filter == "conv"
