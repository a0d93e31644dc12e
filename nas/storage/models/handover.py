"""What follows a search: full trainings of its best networks, and where they were handed over."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped

from nas.storage.models.base import Base, Big, Bytes, Key, Long, Real, Uid


class TrainingRow(Base):
    """`TrainingRecord`."""

    __tablename__ = "nas_trainings"
    __table_args__ = (
        ForeignKeyConstraint(["search_id", "number"], ["nas_trials.search_id", "nas_trials.number"]),
        CheckConstraint("test_correct BETWEEN 0 AND test_total", name="test"),
        Index(None, "search_id", "number"),
        Index(None, "uid", unique=True),
    )

    training_id: Mapped[Key]
    search_id: Mapped[Big]
    number: Mapped[Big]
    seed: Mapped[Big]
    recipe: Mapped[Long]
    test_correct: Mapped[Big]
    test_total: Mapped[Big]
    train_images: Mapped[Big]
    train_seconds: Mapped[Real]
    parameters: Mapped[Big]
    multiply_adds: Mapped[Big]
    device: Mapped[Long]
    versions: Mapped[Long]
    weights: Mapped[Bytes]
    created_at: Mapped[Real]
    uid: Mapped[Uid]


class ExportRow(Base):
    """`ExportRecord`."""

    __tablename__ = "nas_exports"
    __table_args__ = (
        ForeignKeyConstraint(["search_id", "number"], ["nas_trials.search_id", "nas_trials.number"]),
        Index(None, "search_id", "number"),
        Index(None, "uid", unique=True),
    )

    export_id: Mapped[Key]
    search_id: Mapped[Big]
    number: Mapped[Big]
    directory: Mapped[Long]
    created_at: Mapped[Real]
    uid: Mapped[Uid]
