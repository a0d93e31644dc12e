"""What is asked of the dashboard: the pages, the table in different orders, every chart."""

from collections.abc import Callable
from dataclasses import dataclass

PAGE_MS, PART_MS = 2000.0, 300.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One kind of request. `path` differs from turn to turn, so that no answer is one that was kept."""

    name: str
    path: Callable[[int], str]
    limit_ms: float = PART_MS


def all_asked(search: str, trials: int) -> list[Asked]:
    """Returns everything that is asked of a search of so many trials."""
    page, api = f"/searches/{search}", f"/api/v1/searches/{search}"
    return [*_pages(page, trials), *_tables(page, api), *_charts(page, api), *_rest(api, trials)]


def _pages(page: str, trials: int) -> list[Asked]:
    return [
        Asked("page of searches", lambda _: "/", PAGE_MS),
        Asked("page of the search", lambda _: page, PAGE_MS),
        Asked("page of a trial", lambda turn: f"{page}/trials/{turn * 7919 % trials}", PAGE_MS),
    ]


def _tables(page: str, api: str) -> list[Asked]:
    trials = f"{api}/trials"
    narrow = "state=completed&operation=sep_conv_3x3&min_reward=0.6&max_parameters=2000000"
    return [
        Asked("table on the page", lambda _: f"{page}/table?sort=-reward"),
        Asked("table by reward", lambda _: f"{trials}?sort=-reward"),
        Asked("table by number", lambda _: f"{trials}?sort=-number"),
        Asked("table by worker", lambda _: f"{trials}?sort=worker"),
        Asked("table by key", lambda _: f"{trials}?sort=canonical_key"),
        Asked(
            "table, filtered", lambda turn: f"{trials}?sort=train_seconds&{narrow}&max_reward=0.{800 + turn}"
        ),
        Asked("table, 500 of them", lambda _: f"{trials}?sort=parameters&limit=500"),
    ]


def _charts(page: str, api: str) -> list[Asked]:
    charts = f"{api}/charts"
    return [
        Asked("history", lambda turn: f"{charts}/history?points={1000 - turn}"),
        Asked("scatter", lambda turn: f"{charts}/scatter?x=parameters&y=reward&points={5000 - turn}"),
        Asked(
            "scatter of times", lambda turn: f"{charts}/scatter?x=train_seconds&y=reward&points={5000 - turn}"
        ),
        Asked("decisions", lambda turn: f"{charts}/decisions?windows={40 - turn % 20}"),
        Asked("effects", lambda _: f"{charts}/effects"),
        Asked("effects on the page", lambda _: f"{page}/effects"),
        Asked("policy", lambda turn: f"{charts}/policy?points={1000 - turn}"),
        Asked("forecast", lambda _: f"{api}/forecast"),
    ]


def _rest(api: str, trials: int) -> list[Asked]:
    return [
        Asked("searches", lambda _: "/api/v1/searches"),
        Asked("search", lambda _: api),
        Asked("trial", lambda turn: f"{api}/trials/{turn * 7919 % trials}"),
        Asked("workers", lambda _: f"{api}/workers"),
        Asked("events", lambda _: f"{api}/events?limit=100"),
    ]
