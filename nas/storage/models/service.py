"""By what right the service is used, and what it is to run. Triggers let nothing return to what it was."""

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from nas.storage.models.base import Base, Big, Key, Long, Real, Uid, is_one_of
from nas.storage.records import SubmissionKind, SubmissionState, TokenScope


class TokenRow(Base):
    """`ApiToken`; only revoked, once."""

    __tablename__ = "nas_tokens"
    __table_args__ = (is_one_of("scope", TokenScope), Index(None, "uid", unique=True))

    token_id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[str] = mapped_column(String(16))
    created_by: Mapped[Long]
    created_at: Mapped[Real]
    expires_at: Mapped[Real | None]
    revoked_at: Mapped[Real | None]
    uid: Mapped[Uid]


class SubmissionRow(Base):
    """`Submission`. `claim` is the uid of the transaction that gave it to its first runner."""

    __tablename__ = "nas_submissions"
    __table_args__ = (
        is_one_of("kind", SubmissionKind),
        is_one_of("state", SubmissionState),
        CheckConstraint("(state IN ('running', 'ended')) = (started_at IS NOT NULL)", name="started"),
        CheckConstraint("(state IN ('running', 'ended')) = (runner <> '')", name="runner"),
        CheckConstraint("(state IN ('ended', 'cancelled')) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("exit_code IS NULL OR state = 'ended'", name="exit_code"),
        Index(None, "state", "submission_id"),
        Index(None, "uid", unique=True),
    )

    submission_id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(16))
    search: Mapped[Long]
    arguments: Mapped[Long]
    state: Mapped[str] = mapped_column(String(16))
    submitted_by: Mapped[Long]
    submitted_at: Mapped[Real]
    started_at: Mapped[Real | None]
    ended_at: Mapped[Real | None]
    runner: Mapped[Long]
    process: Mapped[Long]
    exit_code: Mapped[Big | None]
    message: Mapped[Long]
    claim: Mapped[str | None] = mapped_column(String(32))
    uid: Mapped[Uid]
