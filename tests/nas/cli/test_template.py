"""The file that `nas init` writes cannot go stale: it is read back with the model it came from."""

import re
import tomllib
from pathlib import Path

from pydantic import BaseModel

from nas.cli.template import config_template
from nas.config import SearchConfig, load_config


def test_the_file_as_written_says_what_is_the_default_anyway(tmp_path: Path) -> None:
    file = tmp_path / "search.toml"
    file.write_text(config_template())
    assert load_config(file) == SearchConfig()


def test_every_commented_key_can_be_taken_in(tmp_path: Path) -> None:
    uncommented = re.sub(r"(?m)^# (\w+ = )", r"\1", config_template())
    file = tmp_path / "search.toml"
    file.write_text(uncommented)
    config = load_config(file)
    assert all(
        value is not None
        for table in dict(config).values()
        if isinstance(table, BaseModel)
        for _, value in table
    )
    assert config.final.epochs == 5 * (config.recipe.epochs or 0)


def test_every_key_stands_there_below_its_explanation() -> None:
    text = config_template()
    tables = {
        "": SearchConfig,
        **{name: type(value) for name, value in SearchConfig() if isinstance(value, BaseModel)},
    }
    parsed = tomllib.loads(re.sub(r"(?m)^# (\w+ = )", r"\1", text))
    for name, model in tables.items():
        keys = {key for key in model.model_fields if key not in tables}
        written = parsed[name] if name else {key: value for key, value in parsed.items() if key not in tables}
        assert set(written) == keys
        for key in keys:
            assert re.search(
                rf"(?m)^# {re.escape(model.model_fields[key].description or '-')}\n(# )?{key} = ", text
            )
