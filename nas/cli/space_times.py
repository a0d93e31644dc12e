"""Measures every space, and the columns in which that is told."""

from nas.bench.spaces import SpaceTimes, measure_space
from nas.cli.options import DEFAULT_CLASSES, DEFAULT_IMAGE
from nas.cli.progress import progress
from nas.report.tables import Column
from search_spaces.registry import build_space, space_names


def _ms(value: float) -> str:
    return f"{value:.3f}"


COLUMNS: tuple[Column[SpaceTimes], ...] = (
    Column("space", "space", lambda times: times.space),
    Column("price_ms", "price, ms", lambda times: times.price_ms, _ms),
    Column("key_ms", "key, ms", lambda times: times.key_ms, _ms),
    Column("build_ms", "graph, ms", lambda times: times.build_ms, _ms),
    Column("price_of_build", "price / graph", lambda times: times.price_ms / times.build_ms, _ms),
    Column("cheapest_ms", "smallest cost, ms", lambda times: times.cheapest_ms, _ms),
)


def measure(samples: int) -> list[SpaceTimes]:
    """Returns what each space takes, as it comes, for the pictures that commands take where none are named."""
    names = space_names()
    times = []
    with progress("spaces") as report:
        for name in names:
            space = build_space(name).fitted(DEFAULT_IMAGE, DEFAULT_CLASSES)
            times.append(measure_space(space, DEFAULT_IMAGE, DEFAULT_CLASSES, samples=samples, seed=0))
            report(len(times), len(names))
    return times
