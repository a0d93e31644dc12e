"""Whole searches for tests that let faults loose on them; whatever they leave behind is ended."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.scenes import Scene
from tests.nas.conftest import server  # noqa: F401 - a fixture, for this directory as well

SceneOf = Callable[..., Scene]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[SceneOf]:
    """Makes a search in a new SQLite file, or in the database of another `url`."""
    made: list[Scene] = []

    def make(*deeds: Any, url: str = "", name: str = "scene", **fields: Any) -> Scene:
        place = tmp_path / name
        made.append(Scene(place, url or f"sqlite:///{tmp_path}/{name}.db", *deeds, **fields))
        return made[-1]

    yield make
    for one in made:
        one.close()
