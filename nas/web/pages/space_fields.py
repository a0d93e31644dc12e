"""The settings of every built-in space as fields of the form: every space declares what they are, and says so."""

import inspect
from dataclasses import fields
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from nas.recipe_config import attribute_docstrings
from nas.web.pages.fields import BUILT_IN, FormSection, field_of, shown
from search_spaces.registry import SPACES, build_space, space_names
from search_spaces.space import Space


@cache
def space_sections() -> tuple[FormSection, ...]:
    """Returns the settings of every built-in space."""
    return tuple(
        _space_section(SPACES[name]) for name in space_names() if SPACES[name].__module__.startswith(BUILT_IN)
    )


def _space_section(space: type[Space]) -> FormSection:
    docs = _setting_docs(space)
    usual = build_space(space.name).settings
    schema = _settings_schema(space)
    settings = tuple(
        field_of(
            f"space.settings.{key}", schema.get(key, {"type": "string"}), docs.get(key, ""), shown(value)
        )
        for key, value in usual.items()
    )
    first_line = (inspect.getdoc(space) or "").partition("\n")[0]
    return FormSection(space.name, space.name, first_line, settings)


def _setting_docs(space: type[Space]) -> dict[str, str]:
    """Returns setting -> its explanation, whichever of the base classes declares it."""
    docs: dict[str, str] = {}
    for owner in reversed(space.__mro__):
        if issubclass(owner, Space):
            docs |= attribute_docstrings(owner)
    return {key: " ".join(text.split()) for key, text in docs.items()}


def _settings_schema(space: type[Space]) -> dict[str, dict[str, Any]]:
    """Returns setting -> JSON schema of the plain ones; what a name stands for, as an operation, is text."""
    hints = inspect.get_annotations(space)
    for owner in space.__mro__[1:]:
        hints = {**inspect.get_annotations(owner), **hints}
    plain = {field.name: hints[field.name] for field in fields(space) if field.name != "operations"}
    return {key: TypeAdapter(hint).json_schema() for key, hint in plain.items()}
