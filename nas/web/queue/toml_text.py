"""Writes plain values as TOML, which has no way to say that something is not set: that is left to the caller."""

import json
from collections.abc import Mapping


def toml_text(values: Mapping[str, object]) -> str:
    """Returns the text of a file, a line for each key, tables in braces.

    >>> print(toml_text({"name": "a", "budget": {"trials": 20}}), end="")
    "name" = "a"
    "budget" = {"trials" = 20}
    """
    return "".join(f"{_string(key)} = {_value(value)}\n" for key, value in values.items())


def _value(value: object) -> str:
    match value:
        case str():
            return _string(value)
        case bool() | int() | float():
            return json.dumps(value, allow_nan=False)
        case Mapping():
            return "{" + ", ".join(f"{_string(key)} = {_value(each)}" for key, each in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
    raise TypeError(f"expected what TOML can say, got {value!r}; leave it out")


def _string(text: str) -> str:
    """Returns a basic string: as JSON writes it, but that TOML wants one character more to be escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
