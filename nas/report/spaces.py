"""What is in a space, as text and as plain data: its decisions and operations, and what its networks cost."""

import inspect
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from nas.report.formats import format_count, format_interval, format_percent
from nas.report.statistics import wilson_interval
from nas.report.tables import Column, as_json, format_table
from search_spaces.feasibility import Limits, Spread, Survey
from search_spaces.operations import OPERATIONS, Operation
from search_spaces.space import Decision, Space

NUMBER = re.compile(r"\d+")
WRITTEN_OUT = 6
"""A number of architectures with more digits is told by its logarithm."""


@dataclass(frozen=True, slots=True)
class DecisionGroup:
    """Decisions whose names differ in their numbers alone: "normal.block0..3.left_op"."""

    members: tuple[Decision, ...]

    @property
    def name(self) -> str:
        """The name they share, each number that differs as the first and the last that it runs through."""
        numbers = zip(*(map(int, NUMBER.findall(member.name)) for member in self.members), strict=True)
        ranges = iter([(min(values), max(values)) for values in numbers])
        return NUMBER.sub(lambda _: "..".join(map(str, dict.fromkeys(next(ranges)))), self.members[0].name)

    @property
    def options(self) -> str:
        """How many there are to choose from, and which, unless they are operations: those of the decision with most."""
        longest = max(self.members, key=lambda member: len(member.options))
        least, most = min(len(member.options) for member in self.members), len(longest.options)
        count = str(most) if least == most else f"{least} to {most}"
        if chooses_operations(longest):
            return f"{count} operations"
        return f"{count}: {', '.join(longest.options)}"


def size_text(log10_size: float) -> str:
    """Returns a number given by its logarithm: "256", "10^28.3"."""
    return f"{round(10**log10_size):,}" if log10_size < WRITTEN_OUT else f"10^{log10_size:.1f}"


def about_space(space: Space) -> str:
    """Returns the first line of the class's own docstring; what `@dataclass` writes for want of one is none."""
    text = inspect.cleandoc(type(space).__doc__ or "").partition("\n")[0]
    return "" if text.startswith(f"{type(space).__name__}(") else text.removesuffix(".")


def explanation(space: Space) -> str:
    """Returns what the file that declares the space says of it: what each decision means, where it is from."""
    return inspect.getdoc(sys.modules[type(space).__module__]) or ""


DECISION_COLUMNS: tuple[Column[DecisionGroup], ...] = (
    Column("name", "decision", lambda group: group.name),
    Column("count", "times", lambda group: len(group.members)),
    Column("options", "options", lambda group: group.options),
)
OPERATION_COLUMNS: tuple[Column[Operation], ...] = (
    Column("name", "operation", lambda operation: operation.name),
    Column("family", "family", lambda operation: operation.family),
    Column("formula", "computes", lambda operation: operation.formula),
)
SPACE_COLUMNS: tuple[Column[Space], ...] = (
    Column("name", "space", lambda space: space.name),
    Column("log10_size", "architectures", lambda space: math.log10(space.size), size_text),
    Column("decisions", "decisions", lambda space: len(space.decisions)),
    Column("about", "about", about_space),
)
SPREAD_COLUMNS: tuple[Column[tuple[str, Spread]], ...] = (
    Column("measure", "", lambda row: row[0]),
    Column("smallest", "smallest", lambda row: row[1].smallest, format_count),
    Column("median", "median", lambda row: row[1].median, format_count),
    Column("largest", "largest", lambda row: row[1].largest, format_count),
)


def group_decisions(decisions: Sequence[Decision]) -> list[DecisionGroup]:
    """Returns the decisions in groups, in the order of the first of each."""
    groups: dict[str, list[Decision]] = {}
    for decision in decisions:
        groups.setdefault(NUMBER.sub("#", decision.name), []).append(decision)
    return [DecisionGroup(tuple(members)) for members in groups.values()]


def chooses_operations(decision: Decision) -> bool:
    """Whether the options are operations, all of them: one name alone may mean something else in a space."""
    return OPERATIONS.keys() >= set(decision.options)


def used_operations(space: Space) -> list[Operation]:
    """Returns the operations that a decision chooses from, by family and name."""
    names = {
        option for decision in space.decisions if chooses_operations(decision) for option in decision.options
    }
    return sorted((OPERATIONS[name] for name in names), key=attrgetter("family", "name"))


def space_report(space: Space) -> str:
    """Returns what is in a space as text."""
    settings = ", ".join(f"{name}={value}" for name, value in space.settings.items() if name != "operations")
    count, operations = len(space.decisions), used_operations(space)
    decisions = "1 decision" if count == 1 else f"{count} decisions"
    parts = (
        f"space {space.name}: {size_text(math.log10(space.size))} architectures, {decisions}",
        explanation(space),
        f"settings: {settings or 'none'}",
        format_table(DECISION_COLUMNS, group_decisions(space.decisions)),
        format_table(OPERATION_COLUMNS, operations) if operations else "",
    )
    return "\n\n".join(filter(None, parts))


def space_facts(space: Space) -> dict[str, object]:
    """Returns what is in a space, ready for `json.dumps`."""
    return {
        "name": space.name,
        "settings": dict(space.settings),
        "size": space.size,
        "log10_size": math.log10(space.size),
        "decisions": [{"name": decision.name, "options": decision.options} for decision in space.decisions],
        "explanation": explanation(space),
        "operations": as_json(OPERATION_COLUMNS, used_operations(space)),
    }


def survey_report(survey: Survey, limits: Limits, pictures: str) -> str:
    """Returns what the networks cost as text, and how many keep to the limits, where there are any."""
    count = f"{len(survey.costs):,}"
    which = f"all {count}" if survey.is_complete else f"{count} random"
    lines = [f"{which} architectures {pictures}", format_table(SPREAD_COLUMNS, _spreads(survey))]
    if limits != Limits():
        allowed, total = survey.allowed(limits), len(survey.costs)
        share = format_percent(allowed / total)
        interval = "" if survey.is_complete else f" {format_interval(wilson_interval(allowed, total))}"
        lines.append(f"within the limits: {allowed:,} of them, {share}{interval}")
    return "\n".join(lines)


def survey_facts(survey: Survey, limits: Limits) -> dict[str, object]:
    """Returns what the networks cost, ready for `json.dumps`; `within_limits` is None where there are no limits."""
    allowed, total = survey.allowed(limits), len(survey.costs)
    within = {"count": allowed, "share": allowed / total, "interval_95": wilson_interval(allowed, total)}
    return {
        "samples": total,
        "is_complete": survey.is_complete,
        "costs": as_json(SPREAD_COLUMNS, _spreads(survey)),
        "within_limits": None if limits == Limits() else within,
    }


def _spreads(survey: Survey) -> list[tuple[str, Spread]]:
    return [
        ("parameters", survey.spread(attrgetter("parameters"))),
        ("multiply-adds", survey.spread(attrgetter("multiply_adds"))),
    ]
