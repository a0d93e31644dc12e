"""What commands share: options, the values they take, and how an example is set below the help."""

import os
import re
import shutil
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from search_spaces.errors import suggest

DEFAULT_DATABASE = "sqlite:///nas.db"
MAX_TRIALS = 1_000_000
"""As the configuration allows."""
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
        number = self._read(str(value))
        if number is None:
            suffixes = ", ".join(self._factors)
            self.fail(
                f"expected a number from 0, on its own or with one of {suffixes} behind it, got {value!r}",
                param,
                ctx,
            )
        return number

    def _read(self, text: str) -> float | None:
        """Returns the number, None where the text is none that a person would write: 1e3 and 1_000 are not."""
        found = re.fullmatch(r"([0-9]{1,300}(?:\.[0-9]*)?|\.[0-9]+)(.?)", text)
        if found is None or found[2] not in ("", *self._factors):
            return None
        number = float(found[1]) * self._factors.get(found[2], 1)
        return int(number) if number.is_integer() else number


class Whole(Number):
    """A whole number in a range, with or without one of a few suffixes: "100", "50k"."""

    def __init__(self, name: str, factors: Mapping[str, float], least: int, most: int) -> None:
        super().__init__(name, factors)
        self._least, self._most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Returns the number."""
        number = self._read(str(value))
        if not isinstance(number, int) or not self._least <= number <= self._most:
            self.fail(
                f"expected a whole number from {self._least:,} to {self._most:,}, got {value!r}", param, ctx
            )
        return number


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


THOUSANDS = {"k": 1e3, "M": 1e6, "G": 1e9}
SECONDS = Number("duration", {"s": 1, "m": 60, "h": 3600})
COUNT = Number("count", THOUSANDS)
TRIALS = Whole("count", THOUSANDS, 1, MAX_TRIALS)


def database_hint(database: str) -> str:
    """Returns the option that names a database on the next command line, nothing for the one that is found anyway."""
    from nas.storage.address import redacted

    found_anyway = os.environ.get("NAS_DATABASE", DEFAULT_DATABASE)
    return "" if database == found_anyway else f"--db {redacted(database)}"


def terminal_width() -> int:
    """Returns how wide text may be: the terminal's width, 80 columns where there is none, never more than 120."""
    return min(shutil.get_terminal_size().columns, 120)
