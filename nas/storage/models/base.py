"""What all tables share: kinds of columns, the names of constraints, and the table of facts."""

from enum import StrEnum
from typing import Annotated

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# SQLite counts keys up by itself only in columns declared INTEGER, which are 64 bits wide there.
BIG = BigInteger().with_variant(Integer, "sqlite")

Key = Annotated[int, mapped_column(BIG, primary_key=True)]
Big = Annotated[int, mapped_column(BIG)]
Real = Annotated[float, mapped_column(Double)]
Long = Annotated[str, mapped_column(Text)]
Bytes = Annotated[bytes, mapped_column(LargeBinary)]
TrialKey = Annotated[int, mapped_column(BIG, ForeignKey("nas_trials.trial_id"))]
Uid = Annotated[str, mapped_column(String(32), server_default="")]
SearchKey = Annotated[int, mapped_column(BIG, ForeignKey("nas_searches.search_id"))]

# SQLite keeps such a table in the order of its key, instead of a table and an index that are both written.
BY_KEY = {"sqlite_with_rowid": False}


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


def is_one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Returns the constraint that lets a column have only the values of an enumeration."""
    names = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({names})", name=column)


class Meta(Base):
    """`written_by`: the version of this product that last made or changed the tables."""

    __tablename__ = "nas_meta"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Long]
