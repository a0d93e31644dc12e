"""What commands share: options, the values they take, and how an example is set below the help."""

import math
import os
import re
import shutil
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from search_spaces.errors import suggest

DEFAULT_DATABASE = "sqlite:///nas.db"
DEFAULT_IMAGE, DEFAULT_CLASSES = (3, 32, 32), 10
"""The pictures that a space is looked at with where none are named: CIFAR-10's."""

database_option = click.option(
    "--db",
    "database",
    metavar="URL",
    envvar="NAS_DATABASE",
    default=DEFAULT_DATABASE,
    show_default=True,
    help="Database: sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME. Also NAS_DATABASE.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")

Function = TypeVar("Function", bound=Callable[..., Any])


def space_options(function: Function) -> Function:
    """Adds `settings` and `plugins`: what makes a space out of its name, given as for `nas search`."""
    set_option = click.option(
        "--set",
        "settings",
        metavar="KEY=VALUE",
        multiple=True,
        help="A setting of the space, as space.settings.blocks=5.",
    )
    plugin_option = click.option(
        "--plugin", "plugins", metavar="FILE", multiple=True, help="A .py file with operations or spaces."
    )
    return set_option(plugin_option(function))


def subject_options(function: Function) -> Function:
    """Adds NAME [TRIAL] and all that belongs to it: the arguments of `nas.cli.subject.find_subject`."""
    name = click.argument("name")
    trial = click.argument("trial", type=int, required=False)
    return name(trial(space_options(database_option(function))))


def objective_option(parameter: str, text: str) -> Callable[[Function], Function]:
    """Adds `--objective`, which may be given several times; a value may begin with a dash."""
    names = "accuracy, params, macs or latency, with a - in front where less is better, as -params"
    return click.option(
        "--objective", parameter, metavar="[-]MEASURE", multiple=True, help=f"{text} {names}."
    )


def picture_options(function: Function) -> Function:
    """Adds `image` and `classes`, None where not given: the pictures that a network is for."""
    image = click.option(
        "--input",
        "image",
        type=PictureShape(),
        metavar="CxHxW",
        help="Channels, height and width of a picture.",
    )
    classes = click.option("--classes", type=click.IntRange(1), metavar="N", help="Number of classes.")
    return image(classes(function))


def example(*lines: str) -> str:
    """Returns the epilogue of a command's help: commands to copy, one a line."""
    return "\b\n" + "\n".join(("Example:", *(f"  {line}" for line in lines)))


class Number(click.ParamType[float]):
    """A number, with or without one of a few suffixes that multiply it: "1.5M", "10m"."""

    def __init__(self, name: str, factors: Mapping[str, float]) -> None:
        self.name = name
        self._factors = factors

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Returns the number; it is whole where it can be."""
        text = str(value)
        suffix = text[-1:] if text[-1:] in self._factors else ""
        try:
            number = float(text.removesuffix(suffix)) * self._factors.get(suffix, 1)
        except ValueError:
            number = math.nan
        if not 0 <= number < math.inf:
            suffixes = ", ".join(self._factors)
            self.fail(
                f"expected a number from 0, on its own or with one of {suffixes} behind it, got {text!r}",
                param,
                ctx,
            )
        return int(number) if number.is_integer() else number


class PictureShape(click.ParamType[tuple[int, int, int]]):
    """Channels, height and width of a picture, such as 3x32x32."""

    name = "shape"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int, int]:
        """Returns the three numbers."""
        found = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)x([1-9]\d*)", value)
        if found is None:
            self.fail(f"expected CHANNELSxHEIGHTxWIDTH such as 3x32x32, got {value!r}", param, ctx)
        channels, height, width = map(int, found.groups())
        return channels, height, width


class Name(click.Choice[str]):
    """One of a few names; what is none of them is answered with the nearest."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:  # noqa: ARG002
        """Returns the house's wording."""
        return f"{value!r} is not known; {suggest(str(value), self.choices)}"


SECONDS = Number("duration", {"s": 1, "m": 60, "h": 3600})
COUNT = Number("count", {"k": 1e3, "M": 1e6, "G": 1e9})


def database_hint(database: str) -> str:
    """Returns the option that names a database on the next command line, nothing for the one that is found anyway."""
    from nas.storage.address import redacted

    found_anyway = os.environ.get("NAS_DATABASE", DEFAULT_DATABASE)
    return "" if database == found_anyway else f"--db {redacted(database)}"


def terminal_width() -> int:
    """Returns how wide text may be: the terminal's width, 80 columns where there is none, never more than 120."""
    return min(shutil.get_terminal_size().columns, 120)
