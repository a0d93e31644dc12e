"""What is said of a storm when it is over: a table of its faults, a few sums, the verdict."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from nas.chaos.faults import LATE
from nas.chaos.plan import Plan
from nas.chaos.storm import Round
from nas.report.tables import Column, Plain, format_table
from nas.storage.address import redacted
from nas.trial import AttemptState


@dataclass(frozen=True, slots=True)
class FaultCount:
    """A kind of fault: how often it was injected, and how often the search went on after it."""

    fault: str
    injected: int
    survived: int


COLUMNS: tuple[Column[FaultCount], ...] = (
    Column("fault", "fault", lambda count: count.fault),
    Column("injected", "injected", lambda count: count.injected),
    Column("survived", "survived", lambda count: count.survived),
)


@dataclass(frozen=True, slots=True)
class Report:
    """The sums over all rounds. Seconds of wall time."""

    database: str
    seed: int
    workers: int
    strategy: str
    rounds: int
    trials: int
    """That were completed in rounds that came to their end."""
    faults: tuple[FaultCount, ...]
    kills: int
    """Faults that ended a process."""
    attempts_lost: int
    """With their worker, each by a fault that hit it."""
    attempts_cancelled: int
    """With their driver."""
    takeovers: int
    """Of a lease that had not been given back."""
    fenced: int
    """Drivers and results that came too late and were refused."""
    undisturbed_seconds: float
    storm_seconds: float
    digests: tuple[str | None, ...]
    """Of the strategy's last state in each round."""
    broken: tuple[str, ...]
    """What must not be, a line each."""

    @property
    def is_sound(self) -> bool:
        """Whether nothing was lost and nothing done twice."""
        return not self.broken


def sum_up(plan: Plan, rounds: Sequence[Round]) -> Report:
    """Returns the report; a storm that hit nothing is broken by that alone."""
    evidence = [one.evidence for one in rounds if one.evidence is not None]
    attempts = [attempt for one in evidence for attempt in one.all_attempts]
    injections = [injection for one in rounds for injection in one.injections]
    lost = sum(len(one.lost) for one in evidence)
    takeovers = sum(one.takeovers for one in rounds)
    late = sum(attempt.state is AttemptState.FENCED for attempt in attempts)
    broken = [f"{one.name}: {line}" for one in rounds for line in one.broken]
    return Report(
        database=redacted(plan.url),
        seed=plan.seed,
        workers=plan.workers,
        strategy=plan.strategy,
        rounds=len(rounds),
        trials=sum(len(one.trials) for one in evidence),
        faults=_counts(rounds),
        kills=sum(injection.ends_process for injection in injections),
        attempts_lost=lost,
        attempts_cancelled=sum(len(one.cancelled) for one in evidence),
        takeovers=takeovers,
        fenced=late + sum(injection.fault in LATE for injection in injections),
        undisturbed_seconds=sum(one.undisturbed_seconds for one in rounds),
        storm_seconds=sum(one.storm_seconds for one in rounds),
        digests=tuple(one.digest for one in rounds),
        broken=(*broken, *_nothing_hit(lost, takeovers)) if not broken else tuple(broken),
    )


def _nothing_hit(lost: int, takeovers: int) -> list[str]:
    hits = {"attempt was lost": lost, "lease was taken from a driver": takeovers}
    return [
        f"no {what}: a storm that hits nothing proves nothing; ask for more --kills"
        for what, count in hits.items()
        if not count
    ]


def _counts(rounds: Sequence[Round]) -> tuple[FaultCount, ...]:
    injected: dict[str, int] = {}
    survived: dict[str, int] = {}
    for one in rounds:
        for injection in one.injections:
            injected[injection.fault] = injected.get(injection.fault, 0) + 1
            went_on = one.evidence is not None or injection.event < one.last_event
            survived[injection.fault] = survived.get(injection.fault, 0) + went_on
    return tuple(FaultCount(fault, injected[fault], survived[fault]) for fault in sorted(injected))


def as_json(report: Report) -> dict[str, object]:
    """Returns the report as plain values."""
    return {**asdict(report), "is_sound": report.is_sound}


def as_text(report: Report) -> str:
    """Returns the report as lines."""
    total = FaultCount(
        "all", sum(one.injected for one in report.faults), sum(one.survived for one in report.faults)
    )
    lost = report.storm_seconds - report.undisturbed_seconds
    sums: list[tuple[str, Plain]] = [
        ("processes ended", report.kills),
        ("attempts lost with their worker, each explained by a fault", report.attempts_lost),
        ("attempts cancelled with their driver", report.attempts_cancelled),
        ("takeovers of a lease that was not given back", report.takeovers),
        ("drivers and results that came too late, refused", report.fenced),
    ]
    title = (
        f"{report.database}: {report.rounds} searches by {report.strategy}, workers: {report.workers}, "
        f"seed: {report.seed}, {report.trials} trials"
    )
    times = (
        f"{report.undisturbed_seconds:>6.0f}  seconds undisturbed, {report.storm_seconds:.0f} in the storm: "
        f"{lost:.0f} lost"
    )
    return "\n".join(
        (
            title,
            "",
            format_table(COLUMNS, [*report.faults, total]),
            "",
            *(f"{count:>6}  {what}" for what, count in sums),
            times,
            f"state: {' '.join(digest or '-' for digest in report.digests)}",
            "",
            *_verdict(report),
        )
    )


def _verdict(report: Report) -> list[str]:
    if report.is_sound:
        same = "; architectures, rewards and last state as undisturbed" if report.workers == 1 else ""
        return [f"nothing lost, nothing twice{same}"]
    return [*(f"broken: {line}" for line in report.broken), f"again: nas chaos --seed {report.seed}"]
