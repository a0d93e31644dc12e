"""What is wrong with a configuration: key, what it may be, what it was set to, and where."""

from pathlib import Path

import pytest

from nas.config import load_config
from nas.errors import ConfigError


@pytest.fixture
def toml(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "search.toml"
        path.write_bytes(text.encode())
        return path

    return write


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
        (
            "[recipe]\nlearning_rate = nan\n",
            "recipe.learning_rate: expected a number above 0 and at most 100, got nan",
        ),
        (
            "[recipe]\nlearning_rate = inf\n",
            "recipe.learning_rate: expected a number above 0 and at most 100, got inf",
        ),
        (
            "[recipe]\nlearning_rate = -1\n",
            "recipe.learning_rate: expected a number above 0 and at most 100, got -1",
        ),
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
