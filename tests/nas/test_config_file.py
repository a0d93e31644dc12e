"""Configuration files that cannot be read are told with file, line and column."""

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
