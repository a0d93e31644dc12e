"""What revisions are written with, from 0004 on: columns, named constraints, and guards on both databases."""

import sqlalchemy as sa
from alembic import op

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def big(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[int]:
    """Returns a column of whole numbers of 64 bits."""
    return sa.Column(name, BIG, nullable=nullable, server_default=default)


def real(name: str, *, nullable: bool = False) -> sa.Column[float]:
    """Returns a column of floating-point numbers of 64 bits."""
    return sa.Column(name, sa.Double(), nullable=nullable)


def text(
    name: str, length: int | None = None, *, nullable: bool = False, default: str | None = None
) -> sa.Column[str]:
    """Returns a column of texts, of at most `length` characters where PostgreSQL is asked."""
    kind = sa.Text() if length is None else sa.String(length)
    return sa.Column(name, kind, nullable=nullable, server_default=default)


def binary(name: str) -> sa.Column[bytes]:
    """Returns a column of bytes."""
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def create_table(
    name: str,
    *parts: sa.schema.SchemaItem,
    primary: str,
    by_key: bool = False,
    constraints_of: str | None = None,
) -> None:
    """Makes a table with a primary key over the columns named in `primary`; `by_key`: SQLite keeps it in that order.

    `constraints_of` is the name that a table is to have which is made under another first.
    """
    key = sa.PrimaryKeyConstraint(*primary.split(), name=op.f(f"pk_{constraints_of or name}"))
    options = {"sqlite_with_rowid": False} if by_key else {}
    op.create_table(name, *parts, key, **options)


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    """Returns a constraint on each row."""
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def one_of(table: str, column: str, *values: str) -> sa.CheckConstraint:
    """Returns the constraint that `column` has one of the values."""
    return check(table, column, f"{column} IN ({', '.join(repr(value) for value in values)})")


def foreign(table: str, parent: str, *columns: str) -> sa.ForeignKeyConstraint:
    """Returns a reference to the columns of the same names."""
    targets = [f"{parent}.{column}" for column in columns]
    return sa.ForeignKeyConstraint(columns, targets, name=op.f(f"fk_{table}_{'_'.join(columns)}"))


def create_index(
    name: str, table: str, *columns: str, where: str | None = None, unique: bool = False
) -> None:
    """Makes an index, over the rows with `where` alone where it is given. A column may be followed by DESC."""
    condition = None if where is None else sa.text(where)
    op.create_index(
        op.f(name),
        table,
        [sa.literal_column(column) if " " in column else column for column in columns],
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def add_checked_column(table: str, column: str, kind: str, name: str, condition: str) -> None:
    """Adds a column together with a constraint; SQLite can add one in no other way without copying the table."""
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} {kind} CONSTRAINT ck_{table}_{name} CHECK ({condition})"
    )


def guard(name: str, table: str, change: str, message: str, *, when: str | None = None) -> None:
    """Refuses a change of rows ("UPDATE", "UPDATE OF a, b", "DELETE") where `when` holds, OLD and NEW being the row."""
    condition = f"WHEN ({when}) " if when else ""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {change} ON {table} {condition}"
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH ROW {condition}EXECUTE FUNCTION {name}()"
    )


def drop_guard(name: str, table: str) -> None:
    """Takes a guard away, or a trigger of an earlier revision."""
    op.execute(
        f"DROP TRIGGER {name}" + (f" ON {table}" if op.get_bind().dialect.name == "postgresql" else "")
    )
