"""The tables, each row a record of `nas.storage.records` or `nas.trial` under the same names.

| table             | one row is                     | key                          |
|-------------------|--------------------------------|------------------------------|
| `nas_meta`        | a fact about the database      | key                          |
| `nas_searches`    | a search, its counters, lease  | search_id; name is unique    |
| `nas_trials`      | a trial with its learning curve| trial_id; (search_id, number)|
| `nas_updates`     | a step of the policy           | (search_id, version)         |
| `nas_checkpoints` | a saved state of the strategy  | (search_id, event)           |
| `nas_trainings`   | a full training, with weights  | training_id                  |
| `nas_exports`     | a hand-over                    | export_id                    |

Every name begins with `nas_`, so that a database can be shared. Times are UTC epoch seconds, JSON is text written by
`nas.storage.values.to_json`, numbers are finite. A change here needs a migration; the tests compare the two.
"""

from enum import StrEnum
from typing import Annotated

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from nas.storage.records import SearchState
from nas.trial import TrialState

# SQLite counts keys up by itself only in columns declared INTEGER, which are 64 bits wide there.
BIG = BigInteger().with_variant(Integer, "sqlite")

Key = Annotated[int, mapped_column(BIG, primary_key=True)]
Big = Annotated[int, mapped_column(BIG)]
Real = Annotated[float, mapped_column(Double)]
Long = Annotated[str, mapped_column(Text)]
Bytes = Annotated[bytes, mapped_column(LargeBinary)]
SearchKey = Annotated[int, mapped_column(BIG, ForeignKey("nas_searches.search_id"))]


class Base(DeclarativeBase):
    """Constraints have names, so that migrations can speak of them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def table_of(model: type[Base]) -> Table:
    """Returns the table of a model, for statements that do without the object mapper."""
    assert isinstance(model.__table__, Table)
    return model.__table__


def _state_is_one_of(states: type[StrEnum]) -> CheckConstraint:
    names = ", ".join(f"'{state}'" for state in states)
    return CheckConstraint(f"state IN ({names})", name="state")


class Meta(Base):
    """`written_by`: the version of this product that last made or changed the tables."""

    __tablename__ = "nas_meta"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Long]


class SearchRow(Base):
    """`SearchRecord`, and the lease: `epoch` goes up whenever it is taken or given back."""

    __tablename__ = "nas_searches"
    __table_args__ = (
        _state_is_one_of(SearchState),
        CheckConstraint("completed >= 0 AND failed >= 0 AND completed + failed <= created", name="counters"),
        CheckConstraint("best_number IS NULL OR completed > 0", name="best"),
        CheckConstraint("(state = 'running') = (owner IS NOT NULL)", name="lease"),
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


class TrialRow(Base):
    """`Trial`. Triggers keep finished ones as they are; only `told_event` and `baseline` may follow, once."""

    __tablename__ = "nas_trials"
    __table_args__ = (
        UniqueConstraint("search_id", "number"),
        _state_is_one_of(TrialState),
        CheckConstraint("(state = 'completed') = (reward IS NOT NULL)", name="reward"),
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failure"),
        CheckConstraint("told_event IS NULL OR state IN ('completed', 'failed')", name="told"),
        CheckConstraint("number >= 0", name="number"),
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


RANKED = TrialRow.reward.is_not(None)
# The leaderboard, and "has this network been trained before". There is none by state: every change of state would pay
# for it (a tenth of a trial's life), and the counters of the search answer most of what it could.
Index(
    "ix_nas_trials_reward",
    TrialRow.search_id,
    TrialRow.reward.desc(),
    TrialRow.number,
    sqlite_where=RANKED,
    postgresql_where=RANKED,
)
Index(None, TrialRow.search_id, TrialRow.canonical_key)


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


class TrainingRow(Base):
    """`TrainingRecord`."""

    __tablename__ = "nas_trainings"
    __table_args__ = (
        ForeignKeyConstraint(["search_id", "number"], ["nas_trials.search_id", "nas_trials.number"]),
        CheckConstraint("test_correct BETWEEN 0 AND test_total", name="test"),
        Index(None, "search_id", "number"),
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


class ExportRow(Base):
    """`ExportRecord`."""

    __tablename__ = "nas_exports"
    __table_args__ = (
        ForeignKeyConstraint(["search_id", "number"], ["nas_trials.search_id", "nas_trials.number"]),
        Index(None, "search_id", "number"),
    )

    export_id: Mapped[Key]
    search_id: Mapped[Big]
    number: Mapped[Big]
    directory: Mapped[Long]
    created_at: Mapped[Real]
