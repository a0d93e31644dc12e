"""What people and programs beside the driver follow, ask and have done. Triggers let none of it be rewritten."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from nas.storage.models.base import BY_KEY, Base, Big, Key, Long, Real, SearchKey, Uid, is_one_of
from nas.storage.records import CommandKind, LogKind


class EventRow(Base):
    """`LogEntry`, numbered 1, 2, 3, ... in each search without gaps; of very many the oldest are dropped."""

    __tablename__ = "nas_events"
    __table_args__ = (is_one_of("kind", LogKind), BY_KEY)

    search_id: Mapped[SearchKey] = mapped_column(primary_key=True)
    event_id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[Real]
    number: Mapped[Big | None]
    attempt: Mapped[Big | None]
    text: Mapped[Long]


class CommandRow(Base):
    """`Command`; answered once, and otherwise as it was asked."""

    __tablename__ = "nas_commands"
    __table_args__ = (
        is_one_of("kind", CommandKind),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answer"),
        Index(None, "search_id", "command_id"),
        Index(None, "uid", unique=True),
    )

    command_id: Mapped[Key]
    search_id: Mapped[SearchKey]
    kind: Mapped[str] = mapped_column(String(16))
    issued_by: Mapped[Long]
    issued_at: Mapped[Real]
    answer: Mapped[Long | None]
    answered_at: Mapped[Real | None]
    uid: Mapped[Uid]
    arguments: Mapped[Long] = mapped_column(server_default="{}")


class ReadingRow(Base):
    """`TestReading`."""

    __tablename__ = "nas_test_readings"
    __table_args__ = (
        ForeignKeyConstraint(["search_id", "number"], ["nas_trials.search_id", "nas_trials.number"]),
        CheckConstraint("correct BETWEEN 0 AND total", name="correct"),
        Index(None, "search_id", "number"),
        Index(None, "uid", unique=True),
    )

    reading_id: Mapped[Key]
    search_id: Mapped[Big]
    number: Mapped[Big]
    purpose: Mapped[Long]
    dataset_fingerprint: Mapped[Long]
    correct: Mapped[Big]
    total: Mapped[Big]
    at: Mapped[Real]
    uid: Mapped[Uid]


class AuditRow(Base):
    """`AuditRecord`. The search is a name and no reference: what was done to it stays when it is gone."""

    __tablename__ = "nas_audit"
    __table_args__ = (Index(None, "uid", unique=True),)

    audit_id: Mapped[Key]
    at: Mapped[Real]
    actor: Mapped[Long]
    action: Mapped[Long]
    search: Mapped[Long | None]
    detail: Mapped[Long]
    uid: Mapped[Uid]
