"""The closing summary of a search: what was found, how good it is, what else could have been had, what to type next.

What has not been measured is said to be missing, with the command that measures it. Validation accuracies chose the
networks and are therefore flattered; test accuracies were read once and carry their interval.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from nas.report.formats import (
    format_count,
    format_failures,
    format_interval,
    format_percent,
    format_points,
    format_seconds,
)
from nas.report.front import (
    front_as_json,
    front_heading,
    front_table,
    fronts_compared,
    fronts_compared_as_json,
)
from nas.report.ranking import Ranking
from nas.report.statistics import Interval, difference_interval, wilson_interval
from nas.report.tables import Column, as_json, format_table
from search_spaces.drawing.text import draw_text
from search_spaces.outline import Outline
from workers.job import FailureKind


@dataclass(frozen=True, slots=True)
class Contender:
    """A network in the comparison: the best of `trials`, trained by the search's recipe and, for the test, in full.

    What is None is not known yet. The test accuracy is `test_correct` of `test_total` pictures.
    """

    label: str
    trials: int
    validation_accuracy: float | None = None
    parameters: int | None = None
    multiply_adds: int | None = None
    test_correct: int | None = None
    test_total: int | None = None
    standard_error: float | None = None
    """Of the validation accuracy, where that is a mean over `trainings` of more than one seed."""
    trainings: int = 1

    @property
    def trained_repeatedly(self) -> int | None:
        """Over how many trainings the validation accuracy is a mean; None for one."""
        return self.trainings if self.trainings > 1 else None

    @property
    def test(self) -> tuple[int, int] | None:
        """Correct and all test pictures; None before the full training."""
        if self.test_correct is None or self.test_total is None:
            return None
        return self.test_correct, self.test_total

    @property
    def shown_test(self) -> str | None:
        """The test accuracy with its interval, "96.9 % [94.6, 98.3]"."""
        if self.test_interval is None:
            return None
        return f"{format_percent(self.test_accuracy)} {format_interval(self.test_interval)}"

    @property
    def test_accuracy(self) -> float | None:
        """A fraction."""
        return self.test[0] / self.test[1] if self.test else None

    @property
    def test_interval(self) -> Interval | None:
        """Of 95 %, as fractions."""
        return wilson_interval(*self.test) if self.test else None


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more of the test pictures the found network sorts rightly than another, with its interval of 95 %."""

    over: str
    difference: float
    """A fraction, as the ends of the interval."""
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Whether the difference is clear."""
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "no clear difference"


@dataclass(frozen=True, slots=True)
class SearchSummary:
    """Everything that the closing summary speaks of."""

    name: str
    completed: int
    failed: int
    spent_seconds: float
    number: int | None
    """The best trial; None where no trial is completed."""
    found: Contender | None
    outline: Outline | None
    random: Contender | None = None
    """Random search's best under the same recipe and budget."""
    reference: Contender | None = None
    """The hand-designed network of no more parameters, under the same recipe."""
    reference_exists: bool = True
    """False where every hand-designed network has more parameters."""
    directory: str | None = None
    """Where the network was handed over."""
    command_options: str = ""
    """What every command needs besides, such as "--db sqlite:///other.db"."""
    failures: Mapping[FailureKind, int] = field(default_factory=dict)
    """How many trials failed of what."""
    front: Ranking | None = None
    """All networks, where there are several objectives."""
    random_front: Ranking | None = None
    """Those of random search, likewise."""

    @property
    def contenders(self) -> list[Contender]:
        """The networks in the table."""
        return [contender for contender in (self.found, self.random, self.reference) if contender]

    def command(self, text: str) -> str:
        """Returns a command as it must be typed."""
        return f"{text} {self.command_options}".rstrip()


COLUMNS: tuple[Column[Contender], ...] = (
    Column("label", "best of (trials)", lambda contender: f"{contender.label} ({contender.trials})"),
    Column(
        "validation_accuracy", "validation", lambda contender: contender.validation_accuracy, format_percent
    ),
    Column(
        "standard_error",
        "+- points",
        lambda contender: contender.standard_error,
        lambda error: f"{100 * error:.2f}",
    ),
    Column("trainings", "of trainings", lambda contender: contender.trained_repeatedly),
    Column("test_accuracy", "test, 95 % interval", lambda contender: contender.shown_test),
    Column("parameters", "parameters", lambda contender: contender.parameters, format_count),
    Column("multiply_adds", "multiply-adds", lambda contender: contender.multiply_adds, format_count),
)

PLAIN_COLUMNS: tuple[Column[Contender], ...] = (
    *(column for column in COLUMNS if column.key != "test_accuracy"),
    Column("test_accuracy", "test", lambda contender: contender.test_accuracy),
    Column("test_accuracy_low", "95 % from", lambda one: one.test_interval and one.test_interval.low),
    Column("test_accuracy_high", "to", lambda one: one.test_interval and one.test_interval.high),
)
"""The same for a program: numbers alone."""

REPEAT_KEYS = ("standard_error", "trainings")


def search_summary(summary: SearchSummary, width: int = 80) -> str:
    """Returns the summary as text of at most `width` columns as long as its names are short; no newline at the end."""
    of_what = f" ({format_failures(summary.failures)})" if summary.failures else ""
    failed = f", {summary.failed} failed{of_what}" if summary.failed else ""
    spent = format_seconds(summary.spent_seconds)
    heading = f"Search {summary.name}: {summary.completed} trials completed{failed}, {spent}"
    if summary.found is None or summary.number is None:
        again = summary.command(f"nas show {summary.name}")
        return f"{heading}. Nothing was found: no trial is completed. Why: {again}"
    parts = [f"{heading}. Best: trial {summary.number}."]
    if summary.outline:
        parts.append(draw_text(summary.outline, width))
    parts.append(format_table(_shown_columns(summary), summary.contenders))
    if summary.front:
        parts += [front_heading(summary.front), front_table(summary.front)]
    parts += [
        "\n".join(lines) for section in (_comparisons, _missing, _next) if (lines := list(section(summary)))
    ]
    return "\n\n".join(parts)


def summary_as_json(summary: SearchSummary) -> dict[str, object]:
    """Returns the numbers of the summary's tables and comparisons, ready for `json.dumps`."""
    return {
        "contenders": as_json(PLAIN_COLUMNS, summary.contenders),
        "differences": [{**asdict(one), "verdict": one.verdict} for one in _differences(summary)],
        "pareto": front_as_json(summary.front) if summary.front else None,
        "against_random": fronts_compared_as_json(summary.front, summary.random_front)
        if summary.front and summary.random_front
        else None,
    }


def _shown_columns(summary: SearchSummary) -> Sequence[Column[Contender]]:
    """Returns the columns without those of repeats where nothing was trained repeatedly."""
    has_repeats = any(contender.trained_repeatedly for contender in summary.contenders)
    return [column for column in COLUMNS if has_repeats or column.key not in REPEAT_KEYS]


def _comparisons(summary: SearchSummary) -> Iterator[str]:
    """Yields how the found network stands against each companion, and the front against that of random search."""
    if summary.front and summary.random_front:
        yield fronts_compared(summary.front, summary.random_front, "random search")
    for one in _differences(summary):
        interval = f"[{format_points(one.low)}, {format_points(one.high)}]"
        yield f"Test accuracy {format_points(one.difference)} {interval} points over {one.over}: {one.verdict}"


def _differences(summary: SearchSummary) -> Iterator[Difference]:
    """Yields the difference to each companion that was tested on the same pictures."""
    for companion in (summary.random, summary.reference):
        if summary.found and summary.found.test and companion and companion.test:
            (correct, total), (other, other_total) = summary.found.test, companion.test
            interval = difference_interval(correct, total, other, other_total)
            yield Difference(companion.label, correct / total - other / other_total, *interval)


def _missing(summary: SearchSummary) -> Iterator[str]:
    """Yields what has not been measured, with the command that does."""
    compare = summary.command(f"nas compare {summary.name}")
    if summary.found and not summary.found.test:
        yield f"Missing: the test accuracy: {_export(summary)}"
    if summary.random is None or not summary.random.test:
        yield f"Missing: random search under the same recipe and budget: {compare}"
    if not summary.reference_exists:
        yield "Every hand-designed network has more parameters than the found one: none stands beside it."
    elif summary.reference is None or not summary.reference.test:
        yield f"Missing: a hand-designed network of no more parameters: {compare}"


def _next(summary: SearchSummary) -> Iterator[str]:
    """Yields where the network lies and what to type next."""
    trial = f"{summary.name} {summary.number}"
    if summary.directory:
        yield f"Handed over in {summary.directory}: start with MODEL_CARD.md."
    yield "Next:"
    if not summary.directory:
        yield f"  {_export(summary)}"
    yield f"  {summary.command(f'nas show {trial}')}"
    yield f"  {summary.command(f'nas draw {trial} -o {summary.name}.svg')}"
    yield f"  {summary.command(f'nas leaderboard {summary.name}')}"


def _export(summary: SearchSummary) -> str:
    return summary.command(f"nas export-best {summary.name} -o {summary.name}-export")
