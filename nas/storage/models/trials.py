"""Trials, and the indices by which they are listed."""

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nas.storage.models.base import Base, Big, Key, Long, Real, SearchKey, is_one_of
from nas.trial import Origin, TrialState


class TrialRow(Base):
    """`Trial`. Triggers keep finished ones as they are; only `told_event` and `baseline` may follow, once.

    They let a trial go from waiting to running and from there to an end, or back, and nowhere else.
    """

    __tablename__ = "nas_trials"
    __table_args__ = (
        UniqueConstraint("search_id", "number"),
        is_one_of("state", TrialState),
        CheckConstraint("(state = 'completed') = (reward IS NOT NULL)", name="reward"),
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failure"),
        CheckConstraint("told_event IS NULL OR state IN ('completed', 'failed')", name="told"),
        CheckConstraint("number >= 0", name="number"),
        CheckConstraint("(state = 'running') = (token IS NOT NULL)", name="token"),
        is_one_of("origin", Origin),
        CheckConstraint("parent >= 0 AND parent < number", name="parent"),
    )

    trial_id: Mapped[Key]
    search_id: Mapped[SearchKey]
    number: Mapped[Big]
    architecture: Mapped[Long]
    canonical_key: Mapped[Long]
    seed: Mapped[Big]
    state: Mapped[str] = mapped_column(String(16))
    asked_event: Mapped[Big]
    told_event: Mapped[Big | None]
    log_probability: Mapped[Real | None]
    policy_version: Mapped[Big | None]
    repeat: Mapped[Big]
    reward: Mapped[Real | None]
    objectives: Mapped[Long]
    baseline: Mapped[Real | None]
    attempts: Mapped[Big]
    infrastructure_failures: Mapped[Big]
    validation_accuracy: Mapped[Real | None]
    validation_loss: Mapped[Real | None]
    parameters: Mapped[Big | None]
    multiply_adds: Mapped[Big | None]
    latency_ms: Mapped[Real | None]
    train_seconds: Mapped[Real]
    curve: Mapped[Long]
    failure: Mapped[str | None] = mapped_column(String(32))
    error_text: Mapped[Long]
    worker: Mapped[Long]
    created_at: Mapped[Real]
    started_at: Mapped[Real | None]
    finished_at: Mapped[Real | None]
    token: Mapped[str | None] = mapped_column(String(64))
    own_failures: Mapped[Big] = mapped_column(server_default="0")
    origin: Mapped[str] = mapped_column(String(16), server_default=Origin.STRATEGY)
    decision_log_probabilities: Mapped[Long] = mapped_column(server_default="[]")
    parent: Mapped[Big | None]


# Pages of one state, newest first. One index over all states would be written at every change of state, a tenth of a
# trial's life; of these, a trial enters and leaves the one of open trials, then enters one of the others.
OPEN = TrialRow.told_event.is_(None)
COMPLETED = TrialRow.reward.is_not(None)
FAILED = TrialRow.failure.is_not(None)
PLACES = {
    TrialState.WAITING: OPEN,
    TrialState.RUNNING: OPEN,
    TrialState.COMPLETED: COMPLETED,
    TrialState.FAILED: FAILED,
}
"""State -> what an index is over that has all trials of it."""
for _name, _where in (("open", OPEN), ("completed", COMPLETED), ("failed", FAILED)):
    Index(
        f"ix_nas_trials_{_name}",
        TrialRow.search_id,
        TrialRow.number,
        sqlite_where=_where,
        postgresql_where=_where,
    )
Index(
    "ix_nas_trials_reward",
    TrialRow.search_id,
    TrialRow.reward.desc(),
    TrialRow.number,
    sqlite_where=COMPLETED,
    postgresql_where=COMPLETED,
)
_HAS_PARENT = TrialRow.parent.is_not(None)
Index(
    "ix_nas_trials_parent",
    TrialRow.search_id,
    TrialRow.parent,
    TrialRow.number,
    sqlite_where=_HAS_PARENT,
    postgresql_where=_HAS_PARENT,
)
