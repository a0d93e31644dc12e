"""Words for what is wrong with a configuration: the key, what it may be, what it was set to, and where.

What a key may be is read off the JSON schema of its model, so that a range is written down once.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from search_spaces.errors import suggest

Path = tuple[int | str, ...]
Layers = Mapping[str, Mapping[str, Any]]
"""Where values come from, such as a file's name -> what is set there; later ones win."""

EXPECTED = "expected"
"""Key of a schema under which a field says in words what it may be."""
EXTRA = "extra_forbidden"
"""What pydantic calls a key that is not known."""
LONGEST_VALUE = 100
WORDS = {"integer": "a whole number", "number": "a number", "string": "text", "boolean": "true or false"}
BOUNDS = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}


def describe(error: ValidationError, model: type[BaseModel], layers: Layers) -> str:
    """Returns one line with every problem and its path, those of one layer together."""
    problems: dict[str, list[str]] = {}
    for one in error.errors():
        path: Path = tuple(one["loc"])
        problems.setdefault(_layer_of(path, layers), []).append(
            _problem(path, one["type"], one["msg"], one["input"], model)
        )
    return "; ".join(f"{layer}: {'; '.join(problems[layer])}" for layer in layers if layer in problems)


def listed(error: ValidationError, model: type[BaseModel]) -> list[tuple[str, str]]:
    """Returns of every problem its path and what was expected there; what arrived is left out."""
    return [
        (_dotted(path), _told(path, one["type"], one["msg"], model))
        for one in error.errors()
        for path in [tuple(one["loc"])]
    ]


def truths_for_numbers(values: Mapping[str, Any], model: type[BaseModel], at: Path = ()) -> Iterator[str]:
    """Yields a problem for each true or false where a number is meant, which Python would take for 1 or 0."""
    for key, value in values.items():
        path = (*at, key)
        if isinstance(value, Mapping):
            yield from truths_for_numbers(value, model, path)
        elif isinstance(value, bool) and (schema := _schema(model, path)).get("type") in (
            "integer",
            "number",
        ):
            yield f"{_dotted(path)}: expected {_expected(schema)}, got {_shown(value)}"


def _problem(path: Path, kind: str, message: str, value: object, model: type[BaseModel]) -> str:
    told = f"{_dotted(path)}: {_told(path, kind, message, model)}"
    return told if kind == EXTRA else f"{told}, got {_shown(value)}"


def _told(path: Path, kind: str, message: str, model: type[BaseModel]) -> str:
    """Returns what may stand at a path, where something else does."""
    if kind == EXTRA:
        return f"not a known key; {suggest(str(path[-1]), _keys_beside(path, model))}"
    expected = _expected(_schema(model, path))
    return f"expected {expected}" if expected else f"{message[0].lower()}{message[1:]}"


def _layer_of(path: Path, layers: Layers) -> str:
    """Returns the layer that the value comes from: the last that has it, or what it would have been in."""
    return max(layers, key=lambda layer: (_depth(path, layers[layer]), list(layers).index(layer)))


def _depth(path: Path, values: object) -> int:
    """Returns how many steps of the path can be gone."""
    for steps, key in enumerate(path):
        if not isinstance(values, Mapping) or key not in values:
            return steps
        values = values[key]
    return len(path)


def _expected(schema: Mapping[str, Any]) -> str:
    """Returns in words what a value may be, nothing where the schema does not say it simply."""
    if EXPECTED in schema:
        return str(schema[EXPECTED])
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    return " ".join(filter(None, (WORDS.get(schema.get("type", "")), _range(schema))))


def _range(schema: Mapping[str, Any]) -> str:
    """Returns "from 1 to 10", "above 0 and at most 10" or the like."""
    is_closed = "minimum" in schema and "maximum" in schema
    words = {**BOUNDS, "maximum": "to"} if is_closed else BOUNDS
    bounds = [f"{word} {schema[key]:,}" for key, word in words.items() if key in schema]
    return (" " if is_closed else " and ").join(bounds)


def _schema(model: type[BaseModel], path: Path) -> dict[str, Any]:
    """Returns the JSON schema of what stands at a path, empty where there is none of its own."""
    whole = _whole_schema(model)
    schema: dict[str, Any] = whole
    for key in path:
        schema = schema.get("properties", {}).get(key, {}) if isinstance(key, str) else _element(schema, key)
        schema = schema.get("anyOf", [schema])[0]  # what may be left out has null as its other kind
        reference = schema.get("$ref", "").rpartition("/")[2]
        schema = whole["$defs"][reference] if reference else schema
    return schema


@cache
def _whole_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Returns the JSON schema of a model, made once: a page reads the configurations of all searches."""
    return model.model_json_schema()


def _element(schema: Mapping[str, Any], index: int) -> dict[str, Any]:
    """Returns the schema of an element of a list."""
    listed: Sequence[dict[str, Any]] = schema.get("prefixItems", [])
    rest: dict[str, Any] = schema.get("items") or {}
    return listed[index] if index < len(listed) else rest


def _keys_beside(path: Path, model: type[BaseModel]) -> list[str]:
    """Returns the known keys of the table that the last part of `path` was written in."""
    return list(_schema(model, path[:-1])["properties"])


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))


def _shown(value: object) -> str:
    """Returns a value as TOML or Python writes it, cut where it is long."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}... ({len(text):,} characters)"
