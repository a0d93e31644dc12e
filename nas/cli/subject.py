"""What the NAME [TRIAL] of a command means: one architecture, and the pictures that its network is for.

| NAME            | means                                                                       | pictures         |
|-----------------|-----------------------------------------------------------------------------|------------------|
| cifar, cifar 17 | the best trial, or trial 17, of that search in the database                 | the search's     |
| resnet50        | that hand-designed network                                                  | as published     |
| cell:0.1.2      | the architecture of these tokens in that space, with the settings of `--set` | 3x32x32, 10 kinds |
| nasnet:nasnet_a | an architecture that the literature has a name for, in that space           | the same         |

Asked in this order, so a search that is called resnet50 hides the network of that name; `reference:resnet50` does not
ask the database.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import click

from nas.cli.options import DEFAULT_CLASSES, DEFAULT_IMAGE
from nas.cli.overview import best_trial
from nas.cli.spaces import open_space, space_settings
from nas.config import restore_config
from nas.errors import ConfigError, UnknownNameError
from nas.storage.address import redacted
from nas.storage.contract import Storage
from nas.storage.open import has_database, open_storage
from nas.storage.records import SearchRecord
from search_spaces.architecture import Architecture
from search_spaces.graph import Graph, Shape
from search_spaces.outline import Outline
from search_spaces.reference import NETWORKS
from search_spaces.registry import build_space, space_names
from search_spaces.space import Space

REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Subject:
    """One architecture. `title` says how it was named, such as "trial 3 of cifar".

    `image` and `classes` are None for a search of an older version, which did not keep them.
    """

    title: str
    space: Space
    architecture: Architecture
    image: Shape | None
    classes: int | None

    @property
    def outline(self) -> Outline:
        """What a drawing of the architecture shows."""
        if self.image is None or self.classes is None:
            return self.space.outline(self.architecture)
        return self.space.outline_on(self.architecture, self.image, self.classes)

    @property
    def graph(self) -> Graph:
        """The whole network; raises `SpaceError` where the pictures are too small for it."""
        if self.image is None or self.classes is None:
            raise ConfigError(
                f"{self.title}: expected a search that keeps the size of its pictures, got one of an older version; "
                "give --input and --classes"
            )
        return self.space.network(self.architecture, self.image, self.classes)

    def on(self, image: Shape | None, classes: int | None) -> "Subject":
        """Returns the same for other pictures or another number of classes, where these are given."""
        return replace(self, image=image or self.image, classes=classes or self.classes)


def find_subject(
    name: str,
    trial: int | None,
    *,
    database: str,
    settings: Sequence[str] = (),
    plugins: Sequence[str] = (),
) -> Subject:
    """Returns what is meant; raises `UnknownNameError` that says where the name was looked for, and what is near.

    The arguments are those of `nas.cli.options.subject_options`.
    """
    if ":" in name:
        _check_none(name, "TRIAL", trial)
        space, _, wanted = name.rpartition(":")
        return _in_space(open_space(space, space_settings(settings), plugins), wanted, title=name)
    _check_none(name, "--set", settings)
    _check_none(name, "--plugin", plugins)
    searches: dict[str, SearchRecord] = {}
    if has_database(database):
        with open_storage(database, read_only=True) as storage:
            searches = {record.name: record for record in storage.searches()}
            if name in searches:
                return _in_search(storage, searches[name], trial, database)
    if name not in NETWORKS:
        raise _unknown(name, database, searches)
    _check_none(name, "TRIAL", trial)
    return _in_space(build_space(REFERENCE), name, title=name)


def _check_none(name: str, argument: str, value: object) -> None:
    """Raises where an argument was given that means nothing for this kind of name."""
    if value not in (None, ()):
        expected = "a search" if argument == "TRIAL" else "SPACE:0.1.2"
        raise click.UsageError(
            f"{argument}: expected only beside the name of {expected}, got {value!r} beside {name!r}"
        )


def _in_space(space: Space, wanted: str, title: str) -> Subject:
    """Returns the architecture that `wanted`, its name or its tokens, stands for in the space."""
    architecture = space.read(wanted)
    network = NETWORKS.get(space.describe(architecture).get("network", ""))
    image, classes = (network.image, network.classes) if network else (DEFAULT_IMAGE, DEFAULT_CLASSES)
    return Subject(title, space, architecture, image, classes)


def _in_search(storage: Storage, record: SearchRecord, number: int | None, database: str) -> Subject:
    trial = best_trial(storage, record) if number is None else storage.trial(record.search_id, number)
    return Subject(
        f"trial {trial.number} of {record.name}",
        restore_config(record.config, database).space.load(),
        trial.architecture,
        record.image,
        record.classes,
    )


def _unknown(name: str, database: str, searches: Collection[str]) -> UnknownNameError:
    """Returns the error for a name that is nothing, with the nearest names of all kinds."""
    near = get_close_matches(name, [*searches, *NETWORKS, *space_names()])
    advice = f"did you mean {' or '.join(near)}" if near else "`nas list` and `nas space` show what there is"
    return UnknownNameError(
        f"{name!r}: expected a search in {redacted(database)} (there are {len(searches)}), a hand-designed network or "
        f"SPACE:0.1.2, got none of them; {advice}"
    )
