"""What would take a look at every trial, kept up to date by the transactions that change it."""

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from nas.storage.models.base import BY_KEY, Base, Big, Key, Long, Real, SearchKey


class ArchitectureRow(Base):
    """`ArchitectureRecord`; its completed trials alone. `mean_reward` is `reward_sum` over `trainings`."""

    __tablename__ = "nas_architectures"
    __table_args__ = (CheckConstraint("trainings > 0", name="trainings"), BY_KEY)

    search_id: Mapped[SearchKey] = mapped_column(primary_key=True)
    canonical_key: Mapped[Long] = mapped_column(primary_key=True)
    first_number: Mapped[Big]
    trainings: Mapped[Big]
    reward_sum: Mapped[Real]
    mean_reward: Mapped[Real]
    parameters: Mapped[Big | None]
    multiply_adds: Mapped[Big | None]


Index(
    "ix_nas_architectures_mean_reward",
    ArchitectureRow.search_id,
    ArchitectureRow.mean_reward.desc(),
    ArchitectureRow.first_number,
)


class FailureRow(Base):
    """How many trials of a search failed of one kind."""

    __tablename__ = "nas_failures"
    __table_args__ = (CheckConstraint("trials > 0", name="trials"),)

    search_id: Mapped[SearchKey] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    trials: Mapped[Big]


class HistoryRow(Base):
    """Trials 100 * `stretch` and following, in the order in which they were told; `rewarded` of them completed."""

    __tablename__ = "nas_history"
    __table_args__ = (
        CheckConstraint("rewarded BETWEEN 0 AND trials AND trials BETWEEN 1 AND 100", name="trials"),
        CheckConstraint("(rewarded = 0) = (best IS NULL)", name="best"),
        BY_KEY,
    )

    search_id: Mapped[SearchKey] = mapped_column(primary_key=True)
    stretch: Mapped[Key]
    trials: Mapped[Big]
    rewarded: Mapped[Big]
    best: Mapped[Real | None]
    reward_sum: Mapped[Real]
