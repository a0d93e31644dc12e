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


def test_every_problem_is_listed_with_its_path(toml):
    path = toml(
        'nmae = "x"\n[recipe]\nepoch = 3\nbatch_size = 1\n[budget]\ntrials = 0\n[strategy]\nname = 3\n'
    )
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    for part in (
        "nmae: not a known key",
        "Did you mean 'name'?",
        "recipe.epoch: not a known key",
        "Did you mean 'epochs'?",
        "recipe.batch_size: expected a whole number from 2 to 65,536, got 1",
        "budget.trials: expected a whole number from 1 to 1,000,000, got 0",
        "strategy.name: expected text, got 3",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[budget\n", ":1:8: expected TOML that sets every key and table once, got: Expected ']' at the end"),
        (
            "seed = 1\nseed = 2\n",
            ":2:9: expected TOML that sets every key and table once, got: Cannot overwrite",
        ),
        ("[data]\n[space]\n[data]\n", ":3:6: .* every key and table once, got: Cannot declare"),
        ('name = "a\0"\n', ":1:10: .* Illegal character"),
        ("seed = !!python/object:os.system\n", ":1:8: .* Invalid value"),
        (f"a = {'[' * 5_000}\n", ": expected TOML, got lists or tables nested too deeply"),
        (f"seed = {'1' * 5_000}\n", ": expected TOML .*limit .4300 digits"),
        ("", ": expected settings, got none; `nas init` writes"),
        ("# later\n", ": expected settings, got none"),
    ],
)
def test_what_cannot_be_read_is_told_with_file_line_and_column(toml, text, expected):
    with pytest.raises(ConfigError, match=rf"search\.toml{expected}"):
        load_config(toml(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[recipe]\nlearning_rate = nan\n",
            "recipe.learning_rate: expected a number above 0 and at most 100, got nan",
        ),
        (
            "[recipe]\nlearning_rate = inf\n",
            "recipe.learning_rate: expected a number above 0 and at most 100, got inf",
        ),
        ("[recipe]\nlearning_rate = -1\n", "recipe.learning_rate: expected a number above 0 and at most 100, got -1"),
        ('[recipe]\nepochs = "ten"\n', "recipe.epochs: expected a whole number from 1 to 10,000, got 'ten'"),
        ("[recipe]\nepochs = 2.5\n", "recipe.epochs: expected a whole number from 1 to 10,000, got 2.5"),
        ("[recipe]\nepochs = true\n", "recipe.epochs: expected a whole number from 1 to 10,000, got true"),
        ("seed = true\n", "seed: expected a whole number from 0 and below 2,147,483,648, got true"),
        ("[recipe]\nflip = 3\n", "recipe.flip: expected true or false, got 3"),
        ("[recipe]\nleraning_rate = 1\n", "recipe.leraning_rate: not a known key; .*mean 'learning_rate'"),
        ("recipe = 3\n", "recipe: .* got 3"),
        ('name = "../x"\n', "name: expected 1 to 80 letters, digits, dots, .* got '../x'"),
        ('name = "-x"\n', "name: expected .*a letter or digit in front, got '-x'"),
        ('name = "a\\u0000"\n', r"name: expected .*, got 'a\\x00'"),
        (f'name = "{"n" * 300}"\n', r"name: expected .*, got 'n{99}\.\.\. \(302 characters\)$"),
        ("[data]\nsize = [0, 8]\n", "data.size.0: expected a whole number from 4 to 256, got 0"),
        ("[data]\nchannels = 2\n", "data.channels: expected one of 1, 3, got 2"),
        ('[data]\ntest = ""\n', "data.test: "),
        ('[data]\nskip_bad = "perhaps"\n', "data.skip_bad: expected true or false, got 'perhaps'"),
        ("[workers]\ngpus_per_worker = 2\n", "workers.gpus_per_worker: expected a number from 0 to 1, got 2"),
        ('[workers]\nbackend = "slurm"\n', "workers.backend: expected one of .*ray.*, got 'slurm'"),
    ],
)
def test_one_wrong_value_is_named_with_what_it_may_be(toml, text, expected):
    with pytest.raises(ConfigError, match=rf"search\.toml: {expected}"):
        load_config(toml(text))


def test_a_problem_is_told_where_the_value_comes_from(toml, monkeypatch):
    monkeypatch.setenv("NAS_SEED", "x")
    path = toml("[budget]\ntrials = 0\n[recipe]\nepochs = 0\n")
    with pytest.raises(ConfigError) as caught:
        load_config(path, {"budget": {"trials": -1}})
    assert str(caught.value) == (
        f"{path}: recipe.epochs: expected a whole number from 1 to 10,000, got 0; "
        "environment: seed: expected a whole number from 0 and below 2,147,483,648, got 'x'; "
        "options: budget.trials: expected a whole number from 1 to 1,000,000, got -1"
    )


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


def test_a_missing_file_says_how_to_get_one(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.toml.*nas init"):
        load_config(tmp_path / "nowhere.toml")


def test_a_file_that_is_not_utf8_names_the_byte(tmp_path):
    path = tmp_path / "latin.toml"
    path.write_bytes(b'name = "caf\xe9"\n')
    with pytest.raises(ConfigError, match="got byte 0xe9 at 11"):
        load_config(path)


def test_a_byte_order_mark_is_accepted(toml):
    assert load_config(toml("\ufeffseed = 4\n")).seed == 4


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
