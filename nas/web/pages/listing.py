"""Which searches the list shows, in which order: what its address says."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from nas.web.pages.standing import WORDS, Standing

PAGE = 100
DESCENDING = "-"

Key = Callable[[Standing], float | str | None]
COLUMNS: Mapping[str, tuple[str, Key]] = {
    "name": ("Search", lambda one: one.record.name.casefold()),
    "state": ("State", lambda one: list(WORDS).index(one.state)),
    "best": ("Best", lambda one: one.best),
    "done": ("Trials", lambda one: one.done),
    "speed": ("Trials an hour", lambda one: one.speed),
    "spent": ("Time spent", lambda one: one.record.spent_seconds),
    "updated": ("Last change", lambda one: one.record.updated_at),
    "created": ("Age", lambda one: one.record.created_at),
}
"""By the name that the address has for it: the heading, and what is sorted by."""
DEFAULT_SORT = "-created"


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What is asked of the list. An unknown sort or state is as if it were not there: addresses grow old."""

    text: str = ""
    state: str = ""
    sort: str = DEFAULT_SORT
    page: int = 1

    @property
    def column(self) -> str:
        """The column that is sorted by."""
        column = self.sort.removeprefix(DESCENDING)
        return column if column in COLUMNS else DEFAULT_SORT.removeprefix(DESCENDING)

    @property
    def is_descending(self) -> bool:
        """Whether the highest come first."""
        return self.sort.startswith(DESCENDING)

    def address(self, **changes: str | int) -> str:
        """Returns the address of the list with changes; what is as usual is left out."""
        usual = ListQuery()
        values = {name: changes.get(name, getattr(self, name)) for name in ("text", "state", "sort", "page")}
        asked = {name: value for name, value in values.items() if value != getattr(usual, name)}
        return f"/?{urlencode(asked)}" if asked else "/"

    def sorted_by(self, column: str) -> str:
        """Returns the address for a click at the head of a column: sorted by it, or the other way round."""
        flips = self.column == column
        falls = not self.is_descending if flips else column not in ("name", "state")
        return self.address(sort=f"{DESCENDING if falls else ''}{column}", page=1)

    def select(self, searches: Iterable[Standing]) -> list[Standing]:
        """Returns the searches of all pages in order; what has no value stands last either way."""
        found = [one for one in searches if self._matches(one)]
        key = COLUMNS[self.column][1]
        known = [one for one in found if key(one) is not None]
        known.sort(key=key, reverse=self.is_descending)  # type: ignore[arg-type]
        return known + [one for one in found if key(one) is None]

    def _matches(self, one: Standing) -> bool:
        record = one.record
        haystack = f"{record.name} {record.strategy} {record.space} {record.dataset}".casefold()
        is_state = self.state in ("", one.state) or self.state not in WORDS
        return is_state and all(word in haystack for word in self.text.casefold().split())
