"""Checks the settings of a space against what its fields declare: the type, and a range where one is annotated."""

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin, get_type_hints

from annotated_types import Ge, Le

from search_spaces.errors import SpaceError, suggest

if TYPE_CHECKING:
    from search_spaces.space import Space

KINDS: dict[object, str] = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def check_settings(space: "Space") -> None:
    """Raises `SpaceError` that names the setting, what it may be and what arrived.

    Checked are fields of the types int, float, str and bool, also as `Annotated[int, Ge(1), Le(8)]`, and choices as
    `Literal["batch", "group"]`.
    """
    hints = get_type_hints(type(space), include_extras=True)
    for field in fields(space):
        hint = hints[field.name]
        kind, bounds = _split(hint)
        value = getattr(space, field.name)
        if get_origin(kind) is Literal and value not in get_args(kind):
            choice = suggest(str(value), get_args(kind))
            raise SpaceError(
                f"space {space.name!r}, setting {field.name!r}: {value!r} is not known; {choice}"
            )
        if kind in KINDS and not (_is_a(value, kind) and _within(value, bounds)):
            raise SpaceError(
                f"space {space.name!r}, setting {field.name!r}: expected {KINDS[kind]}{_range(bounds)}, got {value!r}"
            )


def _split(hint: object) -> tuple[object, tuple[Any, ...]]:
    if get_origin(hint) is Annotated:
        kind, *bounds = get_args(hint)
        return kind, tuple(bounds)
    return hint, ()


def _is_a(value: object, kind: object) -> bool:
    """Whether the value is of the kind; a whole number is a number, but true and false are none."""
    accepted = (int, float) if kind is float else (kind,)
    return type(value) in accepted


def _within(value: Any, bounds: tuple[Any, ...]) -> bool:
    lowest, highest = _limits(bounds)
    return (lowest is None or value >= lowest) and (highest is None or value <= highest)


def _range(bounds: tuple[Any, ...]) -> str:
    lowest, highest = _limits(bounds)
    return (f" from {lowest}" if lowest is not None else "") + (
        f" to {highest}" if highest is not None else ""
    )


def _limits(bounds: tuple[Any, ...]) -> tuple[Any, Any]:
    lowest = next((bound.ge for bound in bounds if isinstance(bound, Ge)), None)
    highest = next((bound.le for bound in bounds if isinstance(bound, Le)), None)
    return lowest, highest
