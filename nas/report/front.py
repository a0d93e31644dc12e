"""The trade-offs that a search with several objectives has found: its front, and how much that covers."""

from nas.objectives import ACCURACY, Objective
from nas.report.columns import front_columns
from nas.report.formats import format_measure
from nas.report.ranking import Ranking
from nas.report.tables import Plain, as_json, format_table

SHOWN = 10
"""Networks of the front that a summary lists."""


def front_heading(ranking: Ranking) -> str:
    """Returns what was traded and how many networks are on the front; then its hypervolume and reference point."""
    names = ", ".join(_name(objective, ranking) for objective in ranking.objectives)
    return (
        f"Pareto front of {names}: {len(ranking.front)} of {len(ranking.candidates)} networks\n"
        f"Hypervolume {ranking.hypervolume:.5g}, reference point {_point(ranking, ranking.reference)}"
    )


def fronts_compared(ranking: Ranking, other: Ranking, label: str) -> str:
    """Returns what the fronts of two searches with the same objectives cover beyond the worse of their references."""
    worse = _worse(ranking, other)
    return (
        f"Hypervolume {ranking.covered(worse):.5g} against {other.covered(worse):.5g} of {label}, "
        f"reference point {_point(ranking, worse)}"
    )


def fronts_compared_as_json(ranking: Ranking, other: Ranking) -> dict[str, object]:
    """Returns the same in numbers, with the reference point in the measures' own signs."""
    worse = _worse(ranking, other)
    return {
        "reference": _plain(ranking, worse),
        "hypervolume": ranking.covered(worse),
        "other_hypervolume": other.covered(worse),
    }


def _worse(ranking: Ranking, other: Ranking) -> tuple[float, ...]:
    return tuple(map(min, ranking.reference, other.reference))


def front_table(ranking: Ranking) -> str:
    """Returns the first networks of the front, a line each."""
    return format_table(front_columns(ranking), ranking.front[:SHOWN])


def front_as_json(ranking: Ranking) -> dict[str, object]:
    """Returns objectives, reference point (in the measures' own signs), hypervolume and the networks of the front."""
    return {
        "objectives": [str(objective) for objective in ranking.objectives],
        "reference": _plain(ranking, ranking.reference),
        "hypervolume": ranking.hypervolume,
        "front": as_json(front_columns(ranking), ranking.front),
    }


def _plain(ranking: Ranking, values: tuple[float, ...]) -> dict[str, Plain]:
    return {
        objective.measure: objective.signed(value)
        for objective, value in zip(ranking.objectives, values, strict=True)
    }


def _point(ranking: Ranking, values: tuple[float, ...]) -> str:
    return ", ".join(
        f"{objective.measure} {format_measure(objective.measure, objective.signed(value))}"
        for objective, value in zip(ranking.objectives, values, strict=True)
    )


def _name(objective: Objective, ranking: Ranking) -> str:
    weighed = " (weighed by its targets)" if ranking.is_weighed and objective.measure == ACCURACY else ""
    return f"{objective}{weighed}"
