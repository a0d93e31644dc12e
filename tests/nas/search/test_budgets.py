"""Budgets in words."""

import pytest

from nas.search.budgets import budget_text


@pytest.mark.parametrize(
    ("trials", "time", "words"),
    [
        (1, None, "1 trial"),
        (2_000, None, "2,000 trials"),
        (None, 90.5, "90.5 s"),
        (None, 1_209_600.0, "1209600 s"),
        (40, 3600.0, "40 trials and 3600 s"),
    ],
)
def test_a_budget_is_said_as_people_say_it(trials: int | None, time: float | None, words: str) -> None:
    assert budget_text(trials, time) == words
