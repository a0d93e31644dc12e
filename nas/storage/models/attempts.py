"""Trials in training: their attempts, what is known of their epochs, and the workers that train them."""

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from nas.storage.models.base import BY_KEY, Base, Big, Bytes, Key, Long, Real, SearchKey, TrialKey, is_one_of
from nas.trial import AttemptState


class AttemptRow(Base):
    """`Attempt`. Triggers keep ended ones as they are, except that a lost one may turn out to be fenced."""

    __tablename__ = "nas_attempts"
    __table_args__ = (
        is_one_of("state", AttemptState),
        CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("attempt > 0", name="attempt"),
        BY_KEY,
    )

    trial_id: Mapped[TrialKey] = mapped_column(primary_key=True)
    attempt: Mapped[Key]
    state: Mapped[str] = mapped_column(String(16))
    token: Mapped[str] = mapped_column(String(64))
    worker: Mapped[Long]
    started_at: Mapped[Real]
    ended_at: Mapped[Real | None]
    last_epoch: Mapped[Big]
    progress_at: Mapped[Real | None]
    failure: Mapped[str | None] = mapped_column(String(32))
    error_text: Mapped[Long]


_RUNNING = AttemptRow.ended_at.is_(None)
Index(
    "ix_nas_attempts_running",
    AttemptRow.trial_id,
    unique=True,
    sqlite_where=_RUNNING,
    postgresql_where=_RUNNING,
)


class EpochRow(Base):
    """`EpochMetrics` of a trial that has not ended, whichever attempt trained it. A trial that ends takes them along.

    An epoch with a number that is not finite is left out.
    """

    __tablename__ = "nas_epochs"
    __table_args__ = (CheckConstraint("epoch > 0", name="epoch"), BY_KEY)

    trial_id: Mapped[TrialKey] = mapped_column(primary_key=True)
    epoch: Mapped[Key]
    train_loss: Mapped[Real]
    validation_loss: Mapped[Real | None]
    validation_accuracy: Mapped[Real | None]
    seconds: Mapped[Real]


class SavedTrainingRow(Base):
    """`SavedTraining`; a state whose SHA-256 is not `sha256` is not used. Gone when the trial ends."""

    __tablename__ = "nas_saved_trainings"

    trial_id: Mapped[TrialKey] = mapped_column(primary_key=True)
    epoch: Mapped[Big]
    state: Mapped[Bytes]
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Real]


class WorkerRow(Base):
    """`WorkerRecord` of a worker that is not gone, under the driver that holds the lease."""

    __tablename__ = "nas_workers"
    __table_args__ = (BY_KEY,)

    search_id: Mapped[SearchKey] = mapped_column(primary_key=True)
    worker: Mapped[str] = mapped_column(String(300), primary_key=True)
    node: Mapped[Long]
    number: Mapped[Big | None]
    memory_bytes: Mapped[Big]
    gpu_memory_bytes: Mapped[Big | None]
    started_at: Mapped[Real]
    beat_at: Mapped[Real]
