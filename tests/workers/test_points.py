"""Named points: what the environment wishes for is read at the first of them, and not at the import."""

import pytest

from search_spaces.errors import NasError
from workers import points


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(points, "_WANTED", None)
    monkeypatch.setattr(points, "_KILLS", {})
    monkeypatch.setattr(points, "_PAUSES", {})


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        (
            "NAS_KILL_AT",
            "ask.before_comit:1",
            "did you mean 'ask.before_commit'|Did you mean 'ask.before_commit'",
        ),
        ("NAS_KILL_AT", "ask.before_commit:soon", "expected POINT:NUMBER"),
        ("NAS_PAUSE_AT", "ask.before_commit", "expected POINT:NUMBER"),
    ],
)
def test_a_wish_that_cannot_be_read_is_an_error_of_the_first_point(monkeypatch, variable, value, text):
    monkeypatch.setenv(variable, value)
    with pytest.raises(NasError, match=text):
        points.reach("tell.before_commit")


def test_without_a_wish_nothing_happens_and_nothing_is_read_again(monkeypatch):
    points.reach("tell.before_commit")
    monkeypatch.setenv("NAS_KILL_AT", "tell.before_commit:1")
    points.reach("tell.before_commit")


def test_a_pause_is_slept_at_its_point_alone(monkeypatch):
    slept = []
    monkeypatch.setenv("NAS_PAUSE_AT", "ask.before_commit:250")
    monkeypatch.setattr(points.time, "sleep", slept.append)
    points.reach("tell.before_commit")
    points.reach("ask.before_commit")
    assert slept == [0.25]
