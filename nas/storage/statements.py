"""The statements of a search.

Every writing transaction begins with a fenced one: an update of the search's row that finds it only while the lease is
the newest. It proves the right to write, counts what is about to be written, and locks out others till the commit.
"""

from typing import Any

from sqlalchemy import Double, and_, bindparam, case, delete, func, insert, or_, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from nas.storage.models import (
    CheckpointRow,
    ExportRow,
    SearchRow,
    TrainingRow,
    TrialRow,
    UpdateRow,
    table_of,
)
from nas.storage.prepared import Prepared
from nas.storage.records import SearchState
from nas.storage.rows import CHECKPOINTS_KEPT, TRIAL_FIELDS
from nas.trial import TrialState

SEARCHES, TRIALS, UPDATES = table_of(SearchRow), table_of(TrialRow), table_of(UpdateRow)
CHECKPOINTS, TRAININGS, EXPORTS = table_of(CheckpointRow), table_of(TrainingRow), table_of(ExportRow)


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


# Fenced: parameters lease_search, lease_epoch, now

_s = SEARCHES.c
_fenced = (
    update(SEARCHES)
    .where(_s.search_id == bindparam("lease_search"), _s.epoch == bindparam("lease_epoch"))
    .values(updated_at=bindparam("now"))
    .returning(_s.event, _s.created)
)
_since_renewal = case((database_clock() > _s.renewed_at, database_clock() - _s.renewed_at), else_=0.0)
_reward = bindparam("reward", type_=Double)
# The trial that finishes. Where it is not running, nothing is counted, and FINISH_TRIAL will find out.
_finishing = and_(
    TRIALS.c.trial_id == bindparam("finished_trial"),
    TRIALS.c.search_id == _s.search_id,
    TRIALS.c.state == TrialState.RUNNING.value,
)
_number = select(TRIALS.c.number).where(_finishing).scalar_subquery()
_one = select(func.count()).where(_finishing).scalar_subquery()
_is_best = or_(
    _s.best_number.is_(None),
    _reward > _s.best_reward,
    and_(_reward == _s.best_reward, _number < _s.best_number),
)

TOUCH = Prepared(_fenced)
_next_event = _fenced.values(event=_s.event + 1)
NEXT_EVENT = Prepared(_next_event)
COUNT_CREATED = Prepared(_next_event.values(created=_s.created + bindparam("count")))
COUNT_FAILED = Prepared(_fenced.values(failed=_s.failed + _one))
COUNT_COMPLETED = Prepared(
    _fenced.values(
        completed=_s.completed + _one,
        best_number=case((_is_best, _number), else_=_s.best_number),
        best_reward=case((_is_best, _reward), else_=_s.best_reward),
    )
)
EXTEND = Prepared(
    _fenced.values(
        trial_budget=bindparam("new_trial_budget"), time_budget_seconds=bindparam("new_time_budget_seconds")
    )
)
RENEW = Prepared(
    _fenced.values(
        spent_seconds=_s.spent_seconds + _since_renewal,
        renewed_at=database_clock(),
        lease_until=database_clock() + bindparam("seconds", type_=Double),
    )
)
# The epoch goes up: what its former holder may still send is refused.
RELEASE = Prepared(
    _fenced.values(
        spent_seconds=_s.spent_seconds + _since_renewal,
        state=bindparam("new_state"),
        error_text=bindparam("new_error_text"),
        owner=None,
        lease_until=None,
        renewed_at=None,
        epoch=_s.epoch + 1,
    )
)

# The lease

LEASE = (
    select(_s.name, _s.epoch, _s.owner, (_s.lease_until - database_clock()).label("seconds_left"))
    .where(_s.search_id == bindparam("search"))
    .with_for_update()
)
ACQUIRE = (
    update(SEARCHES)
    .where(_s.search_id == bindparam("search"))
    .values(
        state=SearchState.RUNNING.value,
        epoch=_s.epoch + 1,
        owner=bindparam("new_owner"),
        lease_until=database_clock() + bindparam("seconds", type_=Double),
        renewed_at=database_clock(),
        updated_at=bindparam("now"),
        error_text="",
    )
    .returning(_s.epoch)
)

# Trials: parameters trial, search

_t = TRIALS.c
_trial_columns = [_t[name] for name in TRIAL_FIELDS]
_one_trial = update(TRIALS).where(_t.trial_id == bindparam("trial"), _t.search_id == bindparam("search"))
_running_trial = _one_trial.where(_t.state == TrialState.RUNNING.value)

ADD_UPDATE = Prepared(insert(UPDATES))
ADD_TRIAL = Prepared(insert(TRIALS).returning(*_trial_columns))
START_TRIAL = Prepared(
    _one_trial.where(_t.state == TrialState.WAITING.value).values(
        state=TrialState.RUNNING.value, attempts=_t.attempts + 1, started_at=bindparam("now")
    )
)
REQUEUE_TRIAL = Prepared(
    _running_trial.values(
        state=TrialState.WAITING.value,
        infrastructure_failures=_t.infrastructure_failures + bindparam("lost"),
        started_at=None,
    )
)
FINISH_TRIAL = Prepared(_running_trial.returning(*_trial_columns))
_finished = or_(_t.state == TrialState.COMPLETED.value, _t.state == TrialState.FAILED.value)
TELL_TRIAL = Prepared(
    _one_trial.where(_finished, _t.told_event.is_(None)).values(
        told_event=bindparam("event"), baseline=bindparam("new_baseline")
    )
)

# Checkpoints: parameters search, last_event

_c = CHECKPOINTS.c
_of_search = _c.search_id == bindparam("search")
_kept = select(_c.event).where(_of_search).order_by(_c.event.desc()).limit(CHECKPOINTS_KEPT).subquery()

DROP_CHECKPOINT = delete(CHECKPOINTS).where(_of_search, _c.event == bindparam("last_event"))
DROP_OLD_CHECKPOINTS = delete(CHECKPOINTS).where(
    _of_search, _c.event < select(func.min(_kept.c.event)).scalar_subquery()
)
