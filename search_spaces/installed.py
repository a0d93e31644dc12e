"""What installed packages add: operations and spaces, under the entry-point group `nas.plugins`.

An entry point names a module whose `@operation` and `@space` register what it offers. They are looked for when a name
is not known otherwise, or all names are listed: who uses none pays nothing for them. Worker processes import such a
module by its name, so the package must be installed there too.
"""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from search_spaces.errors import SpaceError, unknown_name

GROUP = "nas.plugins"

Entry = TypeVar("Entry")


def find_registered(what: str, name: str, table: Mapping[str, Entry]) -> Entry:
    """Returns the entry of that name, also an installed package's; raises `UnknownNameError` with the nearest name."""
    if name not in table:
        load_installed()
    if name not in table:
        raise unknown_name(what, name, table)
    return table[name]


def load_installed() -> None:
    """Imports what installed packages offer, each once; raises `SpaceError` with package and cause where one fails."""
    for point in entry_points(group=GROUP):
        try:
            point.load()
        except Exception as error:  # another person's code, which may raise anything
            raise SpaceError(
                f"package {_package(point)!r}, plugin {point.value!r}: expected a module that can be imported, "
                f"got {type(error).__name__}: {error}; mend the package or uninstall it"
            ) from error


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "of no name"
