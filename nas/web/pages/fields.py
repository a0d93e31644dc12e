"""The fields of the form for a new search, read off the models that read the file: `nas.config`.

What a field is called, what it may be, its default and its explanation are written down once, in the models. The
settings of a space are fields of their own (`nas.web.pages.space_fields`); those of a strategy are lines of text, as
asking a strategy for them would load torch.
"""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel

from nas.config import DataConfig, SearchConfig
from nas.recipe_config import FINAL_EPOCHS_FACTOR
from nas.strategies.registry import all_strategy_names
from search_spaces.registry import SPACES, space_names
from workers.job import Recipe

Kind = Literal["integer", "number", "boolean", "choice", "text", "list", "pair", "settings"]

COMMON = (
    "name",
    "data.dataset",
    "space.name",
    "strategy.name",
    "budget.trials",
    "budget.time",
    "recipe.epochs",
    "workers.count",
    "limits.max_params",
    "seed",
)
"""On top of the form; all others stand under "more"."""
LEFT_OUT = frozenset({"database", "data.test", "space.plugins", "workers.ray_address", "space.settings"})
"""What only the server knows, or what has fields of its own; likewise all of `storage`, which is about its database."""
BUILT_IN = "search_spaces."
"""Spaces of modules that begin so are there on whatever machine a search is run."""
BY_PICTURES = frozenset({"recipe.crop_padding", "recipe.flip"})
"""What is decided by the pictures where it is left open."""
LABELS = {
    "data.dataset": "Data set",
    "space.name": "Space",
    "strategy.name": "Strategy",
    "budget.time": "Seconds",
    "workers.count": "Workers",
    "limits.max_params": "Parameters at most",
    "limits.max_macs": "Multiply-adds at most",
    "limits.max_latency_ms": "Latency at most, in ms",
}
"""Of fields whose key says too little by itself; the others are called by it."""
SECTION_TITLES = {
    "": "Search",
    "data": "Data",
    "space": "Space",
    "strategy": "Strategy",
    "reward": "Reward",
    "budget": "Budget",
    "limits": "Limits",
    "workers": "Workers",
    "recipe": "Training",
    "final": "Final training",
}


@dataclass(frozen=True, slots=True)
class FormField:
    """One input. `path` is that of the configuration, "budget.trials"."""

    path: str
    kind: Kind
    help: str
    default: str = ""
    """What holds where nothing is typed; empty where nothing does."""
    options: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    is_required: bool = False

    @property
    def label(self) -> str:
        """What it is called: "Max train images"."""
        key = self.path.rpartition(".")[2]
        return LABELS.get(self.path, key.replace("_", " ").capitalize())

    @property
    def key(self) -> str:
        """An id for the page."""
        return f"field-{self.path.replace('.', '-')}"


@dataclass(frozen=True, slots=True)
class FormSection:
    """A table of the configuration, or the settings of one space."""

    key: str
    title: str
    help: str
    fields: tuple[FormField, ...]


def common_fields(datasets: Mapping[str, str]) -> list[FormField]:
    """Returns what most searches say, in the order of `COMMON`."""
    known = {field.path: field for field in _all_fields(datasets)}
    return [known[path] for path in COMMON]


def other_sections(datasets: Mapping[str, str]) -> list[FormSection]:
    """Returns the rest, table by table."""
    sections = []
    for key, title in SECTION_TITLES.items():
        model: type[BaseModel] = SearchConfig if not key else _section_model(key)
        fields = tuple(field for field in _fields(key, model, datasets) if field.path not in COMMON)
        if fields:
            sections.append(FormSection(key, title, inspect.getdoc(model) or "", fields))
    return sections


def _section_model(key: str) -> type[BaseModel]:
    model = SearchConfig.model_fields[key].annotation
    assert isinstance(model, type)
    assert issubclass(model, BaseModel)
    return model


def _all_fields(datasets: Mapping[str, str]) -> Iterator[FormField]:
    yield from _fields("", SearchConfig, datasets)
    for key in filter(None, SECTION_TITLES):
        yield from _fields(key, _section_model(key), datasets)


def _fields(section: str, model: type[BaseModel], datasets: Mapping[str, str]) -> Iterator[FormField]:
    """Yields the fields of one table that a page may set."""
    schema = _schema(model)
    for key, field in model.model_fields.items():
        path = f"{section}.{key}" if section else key
        is_table = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        if path in LEFT_OUT or is_table:
            continue
        help_text = field.description or ""
        yield _special(path, help_text, datasets) or field_of(
            path, schema["properties"][key], help_text, _default(path, field.get_default())
        )


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _special(path: str, help_text: str, datasets: Mapping[str, str]) -> FormField | None:
    """Returns the field of those whose options or words the models do not know."""
    if path == "name":
        return FormField(path, "text", help_text, is_required=True)
    if path == "data.dataset":
        usual = str(DataConfig.model_fields["dataset"].default)
        default = usual if usual in datasets else ""
        return FormField(
            path,
            "choice",
            "one of the data sets that this server names",
            default,
            tuple(datasets),
            is_required=not default,
        )
    if path == "space.name":
        built_in = tuple(name for name in space_names() if SPACES[name].__module__.startswith(BUILT_IN))
        return FormField(path, "choice", "which networks can be found", "cell", built_in)
    if path == "strategy.name":
        return FormField(path, "text", help_text, "controller", suggestions=tuple(all_strategy_names()))
    return None


def field_of(path: str, schema: Mapping[str, Any], help_text: str, default: str) -> FormField:
    """Returns the field of a key whose JSON schema says what it may be."""
    schema = schema.get("anyOf", [schema])[0]  # what may be left out has null as its other kind
    return FormField(
        path,
        _kind(schema),
        help_text,
        default,
        tuple(map(str, schema.get("enum", ()))),
    )


def _kind(schema: Mapping[str, Any]) -> Kind:
    if "enum" in schema:
        return "choice"
    if "prefixItems" in schema:
        return "pair"
    kinds: dict[str, Kind] = {
        "integer": "integer",
        "number": "number",
        "boolean": "boolean",
        "array": "list",
        "object": "settings",
    }
    return kinds.get(schema.get("type", ""), "text")


def _default(path: str, value: object) -> str:
    """Returns what holds by default in the words of the form."""
    section, _, key = path.rpartition(".")
    if path in BY_PICTURES:
        return "by the pictures"
    if section == "recipe" and value is None:
        return shown(getattr(Recipe(), key))
    if section == "final" and value is None:
        return f"{FINAL_EPOCHS_FACTOR} times the search's" if key == "epochs" else "as in the search"
    return shown(value)


def shown(value: object) -> str:
    """Returns a value as it is typed into the form: nothing for none, lists with commas."""
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
