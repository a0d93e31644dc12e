"""The table of trials of a search, as its address asks for it: rows, links to other orders and pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from fastapi import Request

from nas.trial import Origin, TrialState
from nas.web.view.query import DESCENDING, MEASURES, NUMBERS, TEXTS, TableQuery

LIMIT = 50
MOST_PICKED = 8
"""Trials that can be ticked for a comparison."""

HEADINGS: Mapping[str, str] = {
    "number": "Trial",
    "state": "State",
    "reward": "Reward",
    "validation_accuracy": "Accuracy",
    "parameters": "Parameters",
    "multiply_adds": "Multiply-adds",
    "latency_ms": "Latency",
    "train_seconds": "Training",
    "attempts": "Attempts",
    "worker": "Worker",
    "finished_at": "Ended",
}
"""Columns of the table by the name that is sorted by."""
RISING = ("number", "state", "worker")
"""Columns whose first click puts the lowest first."""
BOUNDED: Mapping[str, str] = {
    "reward": "Reward",
    "validation_accuracy": "Accuracy, 0 to 1",
    "parameters": "Parameters",
    "multiply_adds": "Multiply-adds",
    "train_seconds": "Training, seconds",
    "latency_ms": "Latency, milliseconds",
}
"""Measures that the form has bounds for."""


@dataclass(frozen=True, slots=True)
class TableState:
    """All that the address of a search's page says. What it does not know is as if it were not there."""

    sort: str = "-reward"
    state: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()
    operation: str = ""
    text: str = ""
    bounds: Mapping[str, str] = field(default_factory=dict)
    """"min_reward" and the like -> a number as it was typed."""
    cursor: str = ""
    picked: tuple[int, ...] = ()
    x: str = "parameters"
    y: str = "validation_accuracy"

    def query(self) -> TableQuery:
        """Returns what the view is asked for; raises `QueryError` where the cursor is not of this table."""
        ranges = {measure: (self._bound("min", measure), self._bound("max", measure)) for measure in MEASURES}
        return TableQuery(
            sort=self.sort,
            states=self.state,
            origins=self.origin,
            operation=self.operation,
            ranges={measure: bounds for measure, bounds in ranges.items() if bounds != (None, None)},
            text=self.text,
            cursor=self.cursor,
            limit=LIMIT,
        )

    def search(self, **changes: object) -> str:
        """Returns the part of the address behind the question mark, with changes; the usual is left out."""
        usual = TableState()
        names = ("sort", "state", "origin", "operation", "text", "cursor", "x", "y")
        asked = {name: changes.get(name, getattr(self, name)) for name in names}
        pairs = {name: value for name, value in asked.items() if value != getattr(usual, name)}
        if self.picked:
            pairs["picked"] = ",".join(map(str, self.picked))
        return urlencode({**pairs, **self.bounds}, doseq=True)

    def sorted_by(self, column: str) -> str:
        """Returns the same for a click at the head of a column: by it, or the other way round, from the first page."""
        is_same = self.sort.removeprefix(DESCENDING) == column
        falls = not self.sort.startswith(DESCENDING) if is_same else column not in RISING
        return self.search(sort=f"{DESCENDING if falls else ''}{column}", cursor="")

    @property
    def is_filtered(self) -> bool:
        """Whether some trials may be left out."""
        return bool(self.state or self.origin or self.operation or self.text or self.bounds)

    def _bound(self, end: str, measure: str) -> float | None:
        typed = self.bounds.get(f"{end}_{measure}")
        return None if typed is None else float(typed)


def read_state(request: Request) -> TableState:
    """Returns what an address asks for. Old and mistyped parts are left out, so that every link opens."""
    asked = request.query_params
    sort = asked.get("sort", "-reward")
    numbers = (text for text in asked.get("picked", "").split(",")[:MOST_PICKED] if text.isdecimal())
    return TableState(
        sort=sort if sort.removeprefix(DESCENDING) in (*NUMBERS, *TEXTS) else "-reward",
        state=tuple(one for one in asked.getlist("state") if one in tuple(TrialState)),
        origin=tuple(one for one in asked.getlist("origin") if one in tuple(Origin)),
        operation=asked.get("operation", "")[:200],
        text=asked.get("text", "")[:200],
        bounds=dict(_bounds(asked)),
        cursor=asked.get("cursor", "")[:500],
        picked=tuple(int(text) for text in numbers if len(text) < 10),
        x=_measure(asked.get("x", ""), "parameters"),
        y=_measure(asked.get("y", ""), "validation_accuracy"),
    )


def _bounds(asked: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yields the bounds that are numbers."""
    for name in (f"{end}_{measure}" for measure in MEASURES for end in ("min", "max")):
        typed = asked.get(name, "").strip()[:40]
        try:
            number = float(typed)
        except ValueError:
            continue
        if number == number:
            yield name, typed


def _measure(name: str, usual: str) -> str:
    return name if name in MEASURES else usual
