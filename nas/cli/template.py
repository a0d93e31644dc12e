"""The commented configuration file that `nas init` writes, derived from the configuration model itself.

Every key stands there with its explanation. A key with a default has it as its value. One that may be left out is
commented out, with the value it takes on the digits, or else an example of its kind.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from nas.config import SearchConfig

HEADER = """\
# A search; run it with: nas search search.toml
# Options on the command line win over NAS_... variables, which win over this file.
"""
DIGITS_SHAPE = (1, 8, 8)
EXAMPLE_NUMBER = 10_000


def config_template() -> str:
    """Returns the text of the file: valid TOML that says what is the default anyway."""
    config = SearchConfig()
    recipe = config.recipe.resolve(DIGITS_SHAPE)
    decided = {"recipe": asdict(recipe), "final": asdict(config.final.resolve(recipe))}
    parts = [HEADER, *_entries(config, {})]
    for name, table in config:
        if isinstance(table, BaseModel):
            parts += ["", f"# {table.__doc__}", f"[{name}]", *_entries(table, decided.get(name, {}))]
    return "\n".join(parts) + "\n"


def _entries(table: BaseModel, decided: Mapping[str, object]) -> Iterator[str]:
    """Yields explanation and entry of every key that is no table itself.

    A key that is not set shows its value in `decided`, or an example.
    """
    schemas = type(table).model_json_schema()["properties"]
    for key, field in type(table).model_fields.items():
        value = getattr(table, key)
        if isinstance(value, BaseModel):
            continue
        yield f"# {field.description}"
        if value is None:
            yield f"# {key} = {_toml(decided[key] if key in decided else _example(schemas[key]))}"
        else:
            yield f"{key} = {_toml(value)}"


def _toml(value: object) -> str:
    """Returns a value as TOML, which writes numbers, strings, lists and the empty table as JSON does."""
    return json.dumps(value, ensure_ascii=False)


def _example(schema: Mapping[str, Any]) -> object:
    """Returns a value that the JSON schema of a field allows."""
    schema = schema.get("anyOf", [schema])[0]
    if "enum" in schema:
        return schema["enum"][0]
    if "prefixItems" in schema:
        return [_example(item) for item in schema["prefixItems"]]
    if schema["type"] == "string":
        return "..."
    return max(min(EXAMPLE_NUMBER, schema.get("maximum", EXAMPLE_NUMBER)), schema.get("minimum", 0))
