"""Searches with their leases and counters, and what their strategies remember."""

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from nas.storage.models.base import Base, Big, Bytes, Key, Long, Real, SearchKey, Uid, is_one_of
from nas.storage.records import SearchState


class SearchRow(Base):
    """`SearchRecord`, and the lease: `epoch` goes up whenever it is taken or given back.

    `writes` counts the transactions under the present epoch, so that a driver whose commit was not answered can see
    whether it happened; `told` the trials told, `log` the entries in `nas_events`, dropped ones included. `held` is 0
    or 1.
    """

    __tablename__ = "nas_searches"
    __table_args__ = (
        is_one_of("state", SearchState),
        CheckConstraint("completed >= 0 AND failed >= 0 AND completed + failed <= created", name="counters"),
        CheckConstraint("best_number IS NULL OR completed > 0", name="best"),
        CheckConstraint("(state = 'running') = (owner IS NOT NULL)", name="lease"),
        CheckConstraint("told >= 0", name="told"),
        CheckConstraint("held = 0 OR (held = 1 AND state = 'running')", name="held"),
    )

    search_id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    config: Mapped[Long]
    space: Mapped[Long]
    strategy: Mapped[Long]
    dataset: Mapped[Long]
    dataset_fingerprint: Mapped[Long]
    image: Mapped[Long | None]
    classes: Mapped[Big | None]
    seed: Mapped[Big]
    trial_budget: Mapped[Big | None]
    time_budget_seconds: Mapped[Real | None]
    state: Mapped[str] = mapped_column(String(16))
    event: Mapped[Big]
    created: Mapped[Big]
    completed: Mapped[Big]
    failed: Mapped[Big]
    spent_seconds: Mapped[Real]
    best_number: Mapped[Big | None]
    best_reward: Mapped[Real | None]
    created_at: Mapped[Real]
    updated_at: Mapped[Real]
    error_text: Mapped[Long]
    epoch: Mapped[Big]
    owner: Mapped[str | None] = mapped_column(String(300))
    lease_until: Mapped[Real | None]
    renewed_at: Mapped[Real | None]
    space_fingerprint: Mapped[Long] = mapped_column(server_default="")
    uid: Mapped[Uid]
    writes: Mapped[Big] = mapped_column(server_default="0")
    told: Mapped[Big] = mapped_column(server_default="0")
    log: Mapped[Big] = mapped_column(server_default="0")
    held: Mapped[Big] = mapped_column(server_default="0")


class UpdateRow(Base):
    """`PolicyUpdate`; `samples` is a JSON object of its tuples, `event` the tell that caused it."""

    __tablename__ = "nas_updates"

    search_id: Mapped[SearchKey] = mapped_column(primary_key=True)
    version: Mapped[Key]
    event: Mapped[Big]
    samples: Mapped[Long]
    loss: Mapped[Real]
    entropy: Mapped[Real]
    gradient_norm: Mapped[Real]
    kl: Mapped[Real | None]
    imagined: Mapped[Big]


class CheckpointRow(Base):
    """`Checkpoint`; a state whose SHA-256 is not `sha256` is not used."""

    __tablename__ = "nas_checkpoints"

    search_id: Mapped[SearchKey] = mapped_column(primary_key=True)
    event: Mapped[Key]
    state: Mapped[Bytes]
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Real]
