"""What is written as TOML is read as it was."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas.web.queue.toml_text import toml_text

TEXT = st.text(st.characters(exclude_categories=("Cs",)))
LEAVES = (
    TEXT | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
TABLES = st.dictionaries(
    TEXT,
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
        max_leaves=12,
    ),
)


@given(TABLES)
def test_it_is_read_as_it_was(values: dict[str, Any]) -> None:
    read = tomllib.loads(toml_text(values))
    assert read == values
    assert repr(read) == repr(values)  # 1 is not 1.0, and not True


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "\\",
        "\n[space]\nplugins = ['evil.py']",
        "\r\n",
        "\x00",
        "\x7f",
        "\u2028",
        "\ufeff",
        "'''",
        '"""',
        "🦉",
        "#",
    ],
    ids=ascii,
)
def test_no_text_gets_out_of_its_place(text: str) -> None:
    values = {text: text, "table": {text: [text]}, "last": 1}
    assert tomllib.loads(toml_text(values)) == values


@pytest.mark.parametrize("value", [None, [None], {"a": None}, {1, 2}, b"x"], ids=str)
def test_what_toml_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="expected what TOML can say"):
        toml_text({"a": value})


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        toml_text({"a": float("nan")})
