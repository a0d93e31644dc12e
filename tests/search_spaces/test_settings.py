"""Settings against what their fields declare."""

from dataclasses import dataclass
from typing import Annotated

import pytest
from annotated_types import Ge, Le

from search_spaces.errors import SpaceError
from search_spaces.spaces.cell import CellSpace
from search_spaces.spaces.reference import ReferenceSpace


@dataclass(frozen=True)
class EveryKind(ReferenceSpace):
    name = "every_kind"
    whole: Annotated[int, Ge(1), Le(8)] = 2
    ratio: Annotated[float, Ge(0)] = 0.5
    wide: bool = False
    label: str = "a"
    other: tuple[int, ...] = (1,)


def test_what_is_declared_is_accepted():
    built = EveryKind(whole=8, ratio=3, wide=True, label="", other=())
    own = {"whole": 8, "ratio": 3, "wide": True, "label": "", "other": ()}
    assert built.settings == {**ReferenceSpace().settings, **own}


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("whole", 0, "a whole number from 1 to 8, got 0"),
        ("whole", 9, "a whole number from 1 to 8, got 9"),
        ("whole", 2.0, "a whole number from 1 to 8, got 2.0"),
        ("whole", "2", "a whole number from 1 to 8, got '2'"),
        ("whole", True, "a whole number from 1 to 8, got True"),
        ("ratio", -0.1, "a number from 0, got -0.1"),
        ("ratio", float("nan"), "a number from 0, got nan"),
        ("ratio", "half", "a number from 0, got 'half'"),
        ("ratio", True, "a number from 0, got True"),
        ("wide", 1, "true or false, got 1"),
        ("label", 1, "text, got 1"),
        ("label", None, "text, got None"),
    ],
)
def test_what_is_not_is_refused_with_the_range(setting, value, expected):
    with pytest.raises(SpaceError) as raised:
        EveryKind(**{setting: value})
    assert str(raised.value) == f"space 'every_kind', setting {setting!r}: expected {expected}"


@pytest.mark.parametrize(
    "settings",
    [{"blocks": 0}, {"cells_per_stage": 0}, {"filters": -1}, {"reductions": 7}, {"operations": ()}],
)
def test_the_cell_space_refuses_what_makes_no_network(settings):
    (name,) = settings
    with pytest.raises(SpaceError, match=f"space 'cell', setting '{name}': expected"):
        CellSpace(**settings)
