"""Spaces by name, and the files with which a user adds operations and spaces of their own.

A plugin is a Python file, or a module of an installed package (`search_spaces.installed`). What a file declares with
`@operation` or `@space` is known by name once it is loaded:

>>> load_plugin("my_operation.py")  # doctest: +SKIP
>>> build_space("cell", blocks=5, operations="all,my_operation")  # doctest: +SKIP
"""

import hashlib
import sys
import traceback
from dataclasses import fields
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from search_spaces.errors import SpaceError, suggest
from search_spaces.installed import find_registered, load_installed
from search_spaces.operations import OPERATIONS
from search_spaces.space import Space
from search_spaces.spaces.cell import CellSpace
from search_spaces.spaces.macro import MacroSpace
from search_spaces.spaces.mobile import MobileSpace
from search_spaces.spaces.nasbench201 import NasBench201Space
from search_spaces.spaces.nasnet import NasnetSpace
from search_spaces.spaces.reference import ReferenceSpace
from search_spaces.spaces.toy import ToySpace

SPACES: dict[str, type[Space]] = {
    kind.name: kind
    for kind in (CellSpace, MacroSpace, MobileSpace, NasBench201Space, NasnetSpace, ReferenceSpace, ToySpace)
}
_TABLES: tuple[dict[str, Any], ...] = (OPERATIONS, SPACES)
_plugins: dict[Path, ModuleType] = {}

SpaceClass = TypeVar("SpaceClass", bound=type[Space])


def space(kind: SpaceClass) -> SpaceClass:
    """Registers the space class below under its `name`."""
    if kind.name in SPACES:
        raise SpaceError(f"space {kind.name!r} is registered already; choose another name")
    SPACES[kind.name] = kind
    return kind


def space_names() -> tuple[str, ...]:
    """Returns the names of all spaces known, sorted, those of installed packages included."""
    load_installed()
    return tuple(sorted(SPACES))


def build_space(name: str, **settings: int | float | str | bool) -> Space:
    """Returns the space of that name; settings not given have their defaults.

    Raises `UnknownNameError` for the name, `SpaceError` for a setting that the space does not have or accept.
    """
    kind = find_registered("space", name, SPACES)
    known = [field.name for field in fields(kind)]
    for setting in settings:
        if setting not in known:
            choice = suggest(setting, known) if known else "it has none at all"
            raise SpaceError(f"space {name!r} has no setting {setting!r}; {choice}")
    return kind.from_settings(**settings)


def load_plugin(path: str | Path) -> ModuleType:
    """Runs a Python file once and returns it as a module; raises `SpaceError` with path and cause where it fails."""
    file = Path(path).resolve()
    if file not in _plugins:
        if file.suffix != ".py" or not file.is_file():
            raise SpaceError(
                f"plugin {path}: expected a Python file, got no file of that name that ends in .py"
            )
        _plugins[file] = _run(file)
    return _plugins[file]


def plugin_modules() -> tuple[ModuleType, ...]:
    """Returns the plugins loaded so far: what they define must reach other processes by value, not by name."""
    return tuple(_plugins.values())


def _run(file: Path) -> ModuleType:
    name = f"{file.stem}_{hashlib.sha256(bytes(file)).hexdigest()[:8]}"  # two directories may have files of one name
    spec = spec_from_file_location(name, file)
    assert spec is not None  # there is one for every file that ends in .py
    assert spec.loader is not None
    module = module_from_spec(spec)
    before = [(table, dict(table)) for table in _TABLES]
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # another person's code, which may raise anything
        del sys.modules[name]
        for table, entries in before:
            table.clear()
            table.update(entries)
        raise SpaceError(f"plugin {file}{_line(error, file)}: {type(error).__name__}: {error}") from error
    return module


def _line(error: BaseException, file: Path) -> str:
    """Returns ", line 7", the last line of the file that was on the way to the error; empty for a syntax error."""
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)
    ]
    return f", line {lines[-1]}" if lines else ""
