"""`--set KEY=VALUE`: values nested like the configuration file."""

import click
import pytest

from nas.cli.nested import nested_options
from nas.cli.spaces import space_settings


def test_only_what_is_given_is_passed_on() -> None:
    assert nested_options({"budget__trials": 20, "seed": None, "space__plugins": ()}, []) == {
        "budget": {"trials": 20}
    }


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("recipe.flip=true", {"recipe": {"flip": True}}),
        ("data.size=[8, 9]", {"data": {"size": [8, 9]}}),
        ("space.settings.blocks=5", {"space": {"settings": {"blocks": 5}}}),
        ("name=a b", {"name": "a b"}),
        ("data.dataset=x=y", {"data": {"dataset": "x=y"}}),
    ],
)
def test_any_key_can_be_set(setting: str, value: dict[str, object]) -> None:
    assert nested_options({}, [setting]) == value


def test_a_setting_joins_the_options_of_its_table() -> None:
    assert nested_options({"space__name": "toy"}, ["space.settings.a=1"])["space"] == {
        "name": "toy",
        "settings": {"a": 1},
    }


@pytest.mark.parametrize("setting", ["recipe.flip", "=3", ""])
def test_a_setting_without_key_and_value_is_refused(setting: str) -> None:
    with pytest.raises(click.UsageError, match="expected KEY=VALUE"):
        nested_options({}, [setting])


def test_a_table_that_was_set_to_a_value_holds_no_keys() -> None:
    with pytest.raises(click.UsageError, match=r"a table in recipe.flip, but 'recipe' was set to 3"):
        nested_options({}, ["recipe=3", "recipe.flip=true"])


def test_the_settings_of_a_space_have_the_keys_that_a_search_has_for_them() -> None:
    assert space_settings(["space.settings.blocks=5", "space.settings.operations=a,b"]) == {
        "blocks": 5,
        "operations": "a,b",
    }
    assert space_settings([]) == {}


@pytest.mark.parametrize(
    "setting", ["recipe.epochs=3", "space=3", "space.name=toy", "space.settings=3", "blocks=5"]
)
def test_other_keys_mean_nothing_to_a_space(setting: str) -> None:
    with pytest.raises(click.UsageError, match=f"such as space.settings.blocks=5, got {setting}"):
        space_settings([setting])
