"""What the table of trials can be asked over the API: a range of every column, and how that becomes a `TableQuery`."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, create_model

from nas.trial import Origin, TrialState
from nas.web.api.models.base import MAX_PAGE
from nas.web.api.parameters import LONGEST_CURSOR, LONGEST_WORD, one_of
from nas.web.view.query import NUMBERS, TEXTS, TableQuery

SORT_PATTERN = one_of((*NUMBERS, *TEXTS), before="-?")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


def _bounds() -> dict[str, Any]:
    return {
        f"{end}_{column}": (
            float | None,
            Field(None, description=f"Only trials whose {column} is {words} this."),
        )
        for column in NUMBERS
        for end, words in (("min", "at least"), ("max", "at most"))
    }


class TrialFilter(create_model("_Ranges", __base__=_Strict, **_bounds())):  # type: ignore[misc]
    """Which trials, in which order, from where."""

    sort: str = Field("-reward", pattern=SORT_PATTERN)
    """A column, with a - in front for the highest first. Equals by number; what has no value stands last."""
    state: list[TrialState] = Field([], max_length=10)
    """Only trials in one of these states; none for all."""
    origin: list[Origin] = Field([], max_length=10)
    """Only trials that one of these wanted; none for all."""
    operation: str = Field("", max_length=LONGEST_WORD)
    """Only trials with this option in some decision, `sep_conv_3x3`, or in one: `normal.block0.left_op=zero`."""
    text: str = Field("", max_length=LONGEST_WORD)
    """Words that must all be found: a number, a part of the name of a worker or a failure, a key's beginning."""
    cursor: str = Field("", max_length=LONGEST_CURSOR)
    """`next` of the page before, of the same request; empty for the first."""
    limit: int = Field(50, ge=1, le=MAX_PAGE)
    """How many at most on this page."""

    def query(self) -> TableQuery:
        """Returns the same as the table takes it; raises `QueryError`."""
        bounds = {
            column: (getattr(self, f"min_{column}"), getattr(self, f"max_{column}")) for column in NUMBERS
        }
        return TableQuery(
            sort=self.sort,
            states=tuple(self.state),
            origins=tuple(self.origin),
            operation=self.operation,
            ranges={column: ends for column, ends in bounds.items() if ends != (None, None)},
            text=self.text,
            cursor=self.cursor,
            limit=self.limit,
        )


Filter = Annotated[TrialFilter, Query()]
