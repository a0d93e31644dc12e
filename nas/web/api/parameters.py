"""The parameters that several routes have, each with its bounds, its explanation and an example."""

import re
from collections.abc import Iterable
from typing import Annotated

from fastapi import Path, Query

from nas.config import NAME_PATTERN
from nas.storage.records import SearchState, SubmissionState
from nas.trial import Origin, TrialState
from nas.web.api.models.base import LARGEST_ID, MAX_PAGE

LONGEST_CURSOR = 500
LONGEST_WORD = 200
KEY_PATTERN = "^[0-9a-f]{32}$"
TRIAL_PATTERN = rf"{NAME_PATTERN.removesuffix('$')}:[0-9]{{1,18}}$"


def one_of(names: Iterable[str], before: str = "") -> str:
    """Returns the pattern of one of the names, behind what the pattern `before` allows."""
    return f"^{before}({'|'.join(map(re.escape, names))})$"


SearchName = Annotated[
    str, Path(pattern=NAME_PATTERN, description="The name of a search.", examples=["cifar-a"])
]
Number = Annotated[
    int, Path(ge=0, le=LARGEST_ID, description="The number of a trial of the search.", examples=[17])
]
Id = Annotated[int, Path(ge=0, le=LARGEST_ID, description="Its number, from a list.", examples=[5])]
Key = Annotated[
    str,
    Path(
        pattern=KEY_PATTERN,
        description="The canonical key of an architecture.",
        examples=["5f2b8c1f0d9e4a7b8c6d5e4f3a2b1c0d"],
    ),
]
ExportId = Annotated[
    str,
    Path(pattern="^[0-9a-f]{16}$", description="The `id` of a list.", examples=["9c1185a5c5e9fc54"]),
]

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many at most on this page.")]
Cursor = Annotated[
    str,
    Query(
        max_length=LONGEST_CURSOR,
        description="`next` of the page before, of the same request; empty for the first.",
    ),
]
Points = Annotated[int, Query(ge=1, le=10_000, description="How many points at most.")]
Before = Annotated[
    int | None,
    Query(
        alias="cursor",
        ge=0,
        le=LARGEST_ID,
        description="`next` of the page before: only what has a smaller id follows. The newest come first.",
    ),
]
SearchStates = Annotated[
    list[SearchState], Query(max_length=10, description="Only searches in one of these states; none for all.")
]
TrialStates = Annotated[
    list[TrialState], Query(max_length=10, description="Only trials in one of these states; none for all.")
]
Origins = Annotated[
    list[Origin], Query(max_length=10, description="Only trials that one of these wanted; none for all.")
]
InSearch = Annotated[
    str | None,
    Query(pattern=NAME_PATTERN, description="Only of the search of this name.", examples=["cifar-a"]),
]
InState = Annotated[SubmissionState | None, Query(description="Only those in this state.")]
TrialNames = Annotated[
    list[Annotated[str, Query(pattern=TRIAL_PATTERN)]],
    Query(
        min_length=2,
        max_length=8,
        description="Trials as NAME:NUMBER, the parameter given once for each.",
        examples=[["cifar-a:17", "cifar-b:4"]],
    ),
]
