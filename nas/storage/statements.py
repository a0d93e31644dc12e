"""The statements about a search as a whole.

Every writing transaction of a driver begins with a fenced one: an update of the search's row that finds it only while
the lease is the newest and nothing was written under it but what this driver knows of. It proves the right to write,
counts what is about to be written, and locks out others till the commit. Only `RENEW` is not counted: it does no harm
when it is done twice, and comes from another thread.
"""

from typing import Any, NamedTuple

from sqlalchemy import Double, Select, and_, bindparam, case, func, or_, select, text, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from nas.storage.models import (
    ArchitectureRow,
    AttemptRow,
    AuditRow,
    CheckpointRow,
    CommandRow,
    EpochRow,
    EventRow,
    ExportRow,
    FailureRow,
    HistoryRow,
    ReadingRow,
    SavedTrainingRow,
    SearchRow,
    SubmissionRow,
    TokenRow,
    TrainingRow,
    TrialRow,
    UpdateRow,
    WorkerRow,
    table_of,
)
from nas.storage.prepared import Prepared
from nas.storage.records import SearchState
from nas.trial import TrialState

SEARCHES, TRIALS, UPDATES = table_of(SearchRow), table_of(TrialRow), table_of(UpdateRow)
ATTEMPTS, EPOCHS, SAVED = table_of(AttemptRow), table_of(EpochRow), table_of(SavedTrainingRow)
CHECKPOINTS, WORKERS, EVENTS = table_of(CheckpointRow), table_of(WorkerRow), table_of(EventRow)
ARCHITECTURES, FAILURES, HISTORY = table_of(ArchitectureRow), table_of(FailureRow), table_of(HistoryRow)
COMMANDS, READINGS, AUDIT = table_of(CommandRow), table_of(ReadingRow), table_of(AuditRow)
TRAININGS, EXPORTS = table_of(TrainingRow), table_of(ExportRow)
TOKENS, SUBMISSIONS = table_of(TokenRow), table_of(SubmissionRow)


class database_clock(FunctionElement[float]):  # noqa: N801 - reads as the SQL function it stands for
    """UTC epoch seconds on the clock of the database: leases are compared by processes of several hosts."""

    type = Double()
    inherit_cache = True


@compiles(database_clock, "sqlite")
def _sqlite_clock(element: database_clock, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ARG001
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(database_clock, "postgresql")
def _postgresql_clock(element: database_clock, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ARG001
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


_s = SEARCHES.c


class Fence(NamedTuple):
    """What a fenced statement says of the search, after it."""

    event: int
    created: int
    told: int
    log: int
    """Id of the newest entry in the log; of the entry that the transaction is to write, where it counts one."""


# Fenced: parameters lease_search, lease_epoch, lease_writes, now

_leased = (
    update(SEARCHES)
    .where(_s.search_id == bindparam("lease_search"), _s.epoch == bindparam("lease_epoch"))
    .values(updated_at=bindparam("now"))
    .returning(*(_s[name] for name in Fence._fields))
)
_fenced = _leased.where(_s.writes == bindparam("lease_writes")).values(writes=_s.writes + 1)
_logged = _fenced.values(log=_s.log + 1)
_elapsed = database_clock() - _s.renewed_at
_driven = bindparam("driven_seconds", type_=Double)
# The database's clock may be set: no more is counted than has passed on the driver's own, which only goes on.
_since_renewal = case((or_(_s.held == 1, _elapsed < 0.0), 0.0), (_elapsed < _driven, _elapsed), else_=_driven)
_reward = bindparam("reward", type_=Double)
# The trial that finishes. Where it is not running, nothing is counted, and FINISH_TRIAL will find out.
_finishing = and_(
    TRIALS.c.trial_id == bindparam("finished_trial"),
    TRIALS.c.search_id == _s.search_id,
    TRIALS.c.state == TrialState.RUNNING.value,
    TRIALS.c.token == bindparam("finished_token"),
)
_number = select(TRIALS.c.number).where(_finishing).scalar_subquery()
_one = select(func.count()).where(_finishing).scalar_subquery()
_is_best = or_(
    _s.best_number.is_(None),
    _reward > _s.best_reward,
    and_(_reward == _s.best_reward, _number < _s.best_number),
)

TOUCH = Prepared(_fenced)
LOG = Prepared(_logged)
COUNT_TOLD = Prepared(_fenced.values(event=_s.event + 1, told=_s.told + bindparam("count")))
COUNT_CREATED = Prepared(_fenced.values(event=_s.event + 1, created=_s.created + bindparam("count")))
COUNT_FAILED = Prepared(_logged.values(failed=_s.failed + _one))
COUNT_COMPLETED = Prepared(
    _logged.values(
        completed=_s.completed + _one,
        best_number=case((_is_best, _number), else_=_s.best_number),
        best_reward=case((_is_best, _reward), else_=_s.best_reward),
    )
)
EXTEND = Prepared(
    _logged.values(
        trial_budget=bindparam("new_trial_budget"), time_budget_seconds=bindparam("new_time_budget_seconds")
    )
)
HOLD = Prepared(
    _logged.values(
        held=bindparam("new_held"),
        spent_seconds=_s.spent_seconds + _since_renewal,
        renewed_at=database_clock(),
    )
)
RENEW = Prepared(
    _leased.values(
        spent_seconds=_s.spent_seconds + _since_renewal,
        renewed_at=database_clock(),
        lease_until=database_clock() + bindparam("seconds", type_=Double),
    )
)
# The epoch goes up: what its former holder may still send is refused.
RELEASE = Prepared(
    _logged.values(
        spent_seconds=_s.spent_seconds + _since_renewal,
        state=bindparam("new_state"),
        error_text=bindparam("new_error_text"),
        owner=None,
        lease_until=None,
        renewed_at=None,
        epoch=_s.epoch + 1,
        held=0,
    )
)

# The lease

LEASE: Select[Any] = (
    select(
        *(_s[name] for name in ("name", "epoch", "owner", "writes", "event", "created", "told", "log")),
        (_s.lease_until - database_clock()).label("seconds_left"),
        (database_clock() - _s.renewed_at).label("age_seconds"),
    )
    .where(_s.search_id == bindparam("search"))
    .with_for_update()
)
ACQUIRE = (
    update(SEARCHES)
    .where(_s.search_id == bindparam("search"))
    .values(
        state=SearchState.RUNNING.value,
        epoch=_s.epoch + 1,
        writes=0,
        log=_s.log + 1,
        owner=bindparam("new_owner"),
        lease_until=database_clock() + bindparam("seconds", type_=Double),
        renewed_at=database_clock(),
        updated_at=bindparam("now"),
        error_text="",
        held=0,
    )
    .returning(_s.epoch, _s.log)
)
ADD_EVENT = Prepared(
    text(
        "INSERT INTO nas_events (search_id, event_id, kind, at, number, attempt, text) "
        "VALUES (:search_id, :event_id, :kind, :at, :number, :attempt, :text)"
    )
)
SEARCH = select(*SEARCHES.c, (database_clock() - _s.renewed_at).label("lease_age_seconds"))
