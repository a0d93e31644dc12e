"""What can be asked of the table of trials."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nas.errors import QueryError
from nas.trial import Origin, TrialState
from search_spaces.errors import suggest

MEASURES = (
    "reward",
    "validation_accuracy",
    "parameters",
    "multiply_adds",
    "train_seconds",
    "latency_ms",
)
"""What a trial has been measured for: the axes of a scatter."""
NUMBERS = (
    "number",
    *MEASURES,
    "repeat",
    "attempts",
    "log_probability",
    "policy_version",
    "told_event",
    "created_at",
    "started_at",
    "finished_at",
)
"""Columns that can be sorted by and filtered by range."""
TEXTS = ("state", "origin", "failure", "worker", "canonical_key")
"""Columns that can be sorted by."""
MAX_LIMIT = 500
MAX_TEXT = 200
DESCENDING = "-"


@dataclass(frozen=True, slots=True)
class TableQuery:
    """Which trials, in which order, from where. Raises `QueryError` that says what cannot be asked."""

    sort: str = "-reward"
    """A column, with a - in front for the highest first. Equals by number; what has no value stands last, always."""
    states: tuple[str, ...] = ()
    """Any of these; none for all."""
    origins: tuple[str, ...] = ()
    operation: str = ""
    """An option that some decision chose, "sep_conv_3x3", or that one of them did, "normal.block0.left_op=zero"."""
    ranges: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    """Column -> least and most, both included, None for no bound; a trial without a value is outside."""
    text: str = ""
    """Words that must all be found: a number, a part of the name of a worker or a failure, a key's beginning."""
    cursor: str = ""
    """A cursor of a `TablePage` of the same sort; "" for the first page."""
    limit: int = 50

    def __post_init__(self) -> None:
        _check_one_of("sort", self.column, (*NUMBERS, *TEXTS))
        for state in self.states:
            _check_one_of("state", state, tuple(TrialState))
        for origin in self.origins:
            _check_one_of("origin", origin, tuple(Origin))
        for column, (low, high) in self.ranges.items():
            _check_one_of("range", column, NUMBERS)
            if any(bound is not None and bound != bound for bound in (low, high)):
                raise QueryError(
                    f"range of {column}: expected numbers, got {low} to {high}; leave the bound out"
                )
        if len(self.text) > MAX_TEXT:
            raise QueryError(
                f"text: expected at most {MAX_TEXT} characters, got {len(self.text)}; look for less"
            )
        if not 1 <= self.limit <= MAX_LIMIT:
            raise QueryError(
                f"limit: expected 1 to {MAX_LIMIT} trials a page, got {self.limit}; ask for less"
            )

    @property
    def column(self) -> str:
        """The column that is sorted by."""
        return self.sort.removeprefix(DESCENDING)

    @property
    def is_descending(self) -> bool:
        """Whether the highest come first."""
        return self.sort.startswith(DESCENDING)


def _check_one_of(what: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise QueryError(
            f"{what}: expected one of those known, got {given[:80]!r}; {suggest(given[:80], known)}"
        )


def check_count(what: str, count: int, most: int) -> None:
    """Raises `QueryError` unless a chart is asked for in 1 to `most` points or windows."""
    if not 1 <= count <= most:
        raise QueryError(f"{what}: expected 1 to {most}, got {count}; ask for less, or for one at least")
