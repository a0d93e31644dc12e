"""Commands are imported when they are wanted."""

import sys

import click
import pytest

from nas.cli.lazy import LazyGroup


@click.command()
def here() -> None:
    """Does nothing."""


@pytest.fixture
def group() -> LazyGroup:
    targets = {"there": "colorsys:rgb_to_hsv", "here": f"{__name__}:here"}
    return LazyGroup("group", targets=targets)


def test_lists_commands_in_the_given_order_without_importing_them(
    group: LazyGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    assert group.list_commands(click.Context(group)) == ["there", "here"]
    assert "colorsys" not in sys.modules


def test_imports_the_wanted_command(group: LazyGroup) -> None:
    assert group.get_command(click.Context(group), "here") is here
    assert group.get_command(click.Context(group), "nowhere") is None


def test_what_is_no_command_is_a_fault_of_the_table(group: LazyGroup) -> None:
    with pytest.raises(AssertionError):
        group.get_command(click.Context(group), "there")


def test_a_near_name_is_suggested(group: LazyGroup) -> None:
    with pytest.raises(click.exceptions.NoSuchCommand) as raised:
        group.resolve_command(click.Context(group), ["her"])
    assert raised.value.possibilities[0] == "here"
