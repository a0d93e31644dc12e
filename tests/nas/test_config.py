"""The configuration: layers, ranges, and errors that name everything wrong at once."""

import dataclasses
import json
from pathlib import Path

import pytest

from nas.config import SearchConfig, load_config, restore_config
from nas.errors import ConfigError
from nas.recipe_config import FinalRecipeConfig, RecipeConfig
from workers.job import Recipe


@pytest.fixture
def toml(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "search.toml"
        path.write_bytes(text.encode())
        return path

    return write


def test_options_win_over_the_environment_which_wins_over_the_file(toml, monkeypatch):
    path = toml('name = "file"\nseed = 1\n[budget]\ntrials = 1\n[recipe]\nepochs = 2\nbatch_size = 16\n')
    monkeypatch.setenv("NAS_SEED", "2")
    monkeypatch.setenv("NAS_BUDGET__TRIALS", "2")
    config = load_config(path, {"budget": {"trials": 3}})
    assert (config.name, config.seed, config.budget.trials) == ("file", 2, 3)
    assert config.recipe.given() == {"epochs": 2, "batch_size": 16}


def test_a_variable_for_a_whole_table_is_refused(monkeypatch):
    monkeypatch.setenv("NAS_BUDGET", "{")
    with pytest.raises(ConfigError, match=r'^environment: .*"budget".*NAS_BUDGET__TRIALS=20'):
        load_config()


def test_true_is_a_value_of_a_setting_that_takes_it(toml):
    text = "[recipe]\nflip = true\n[space]\nsettings = { wide = true }\n[data]\nskip_bad = true\n"
    config = load_config(toml(text))
    assert config.data.skip_bad
    assert config.space.settings == {"wide": True}


def test_a_search_without_a_budget_is_refused():
    with pytest.raises(ConfigError, match="expected trials or time, got neither"):
        load_config(None, {"budget": {"trials": None}})


def test_gpus_are_refused_where_the_local_backend_would_ignore_them():
    with pytest.raises(ConfigError, match=r"expected 0 with the local backend.*got 0\.5"):
        load_config(None, {"workers": {"backend": "local", "gpus_per_worker": 0.5}})


@pytest.mark.parametrize(
    ("workers", "text"),
    [
        (
            {"beat": 5.0, "silence": 5.0},
            r"workers\.silence: expected more than the 5 s of workers\.beat, got 5",
        ),
        (
            {"epoch_timeout": 1.5},
            r"workers\.epoch_timeout: expected at least the 2 s of workers\.beat, got 1\.5",
        ),
    ],
)
def test_limits_that_beats_are_too_rare_for_are_refused(workers, text):
    with pytest.raises(ConfigError, match=text):
        load_config(options={"workers": workers})
    assert load_config(options={"workers": {**workers, "beat": 1.0}})


def test_what_is_stored_comes_back_equal_and_keeps_no_password(monkeypatch):
    url = "postgresql+psycopg://me:secret@host/db"
    config = load_config(
        None, {"database": url, "recipe": {"epochs": 3}, "space": {"settings": {"blocks": 3}}}
    )
    stored = json.dumps(config.stored())
    assert "secret" not in stored
    monkeypatch.setenv("NAS_SEED", "99")
    assert restore_config(json.loads(stored), url) == config


def test_the_recipe_sections_have_every_field_of_a_recipe_explained():
    fields = [field.name for field in dataclasses.fields(Recipe)]
    for section in (RecipeConfig, FinalRecipeConfig):
        assert list(section.model_fields) == fields
        assert all(field.description for field in section.model_fields.values())


def test_every_field_of_the_configuration_is_explained():
    def check(model):
        for name, field in model.model_fields.items():
            if isinstance(field.annotation, type) and hasattr(field.annotation, "model_fields"):
                check(field.annotation)
            else:
                assert field.description, name

    check(SearchConfig)


def test_what_a_recipe_leaves_out_is_decided_by_the_pictures():
    grey, colour = RecipeConfig().resolve((1, 8, 8)), RecipeConfig().resolve((3, 32, 48))
    assert (grey.crop_padding, grey.flip) == (1, False)
    assert (colour.crop_padding, colour.flip) == (4, True)
    assert RecipeConfig(flip=False, crop_padding=0).resolve((3, 32, 32)) == Recipe(flip=False, crop_padding=0)


def test_the_final_recipe_is_the_searchs_but_longer_unless_told_otherwise():
    search = Recipe(epochs=4, batch_size=32)
    assert FinalRecipeConfig().resolve(search) == dataclasses.replace(search, epochs=20)
    assert FinalRecipeConfig(epochs=7, cutout=8).resolve(search) == dataclasses.replace(
        search, epochs=7, cutout=8
    )
