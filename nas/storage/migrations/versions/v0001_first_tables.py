"""The first tables, their indices, and the triggers that keep finished trials as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# A told trial is final in everything; a finished one may still be told, once.
FINISHED = "OLD.state IN ('completed', 'failed')"
FOLLOWS = ("told_event", "baseline")


def upgrade() -> None:
    """Makes the tables in an empty database, on SQLite or PostgreSQL."""
    op.create_table("nas_meta", _text("key", sa.String(40)), _text("value"), _primary("nas_meta", "key"))
    _create_searches()
    _create_trials()
    _create_policy_tables()
    _create_training_tables()
    _protect_finished_trials()


def _big(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=nullable)


def _real(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double(), nullable=nullable)


def _text(
    name: str, kind: sa.types.TypeEngine[str] | None = None, *, nullable: bool = False
) -> sa.Column[str]:
    return sa.Column(name, kind or sa.Text(), nullable=nullable)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _foreign(table: str, parent: str, *columns: str) -> sa.ForeignKeyConstraint:
    targets = [f"{parent}.{column}" for column in columns]
    return sa.ForeignKeyConstraint(columns, targets, name=op.f(f"fk_{table}_{'_'.join(columns)}"))


def _create_searches() -> None:
    op.create_table(
        "nas_searches",
        _big("search_id"),
        _text("name", sa.String(80)),
        _text("config"),
        _text("space"),
        _text("strategy"),
        _text("dataset"),
        _text("dataset_fingerprint"),
        _big("seed"),
        _big("trial_budget", nullable=True),
        _real("time_budget_seconds", nullable=True),
        _text("state", sa.String(16)),
        _big("event"),
        _big("created"),
        _big("completed"),
        _big("failed"),
        _real("spent_seconds"),
        _big("best_number", nullable=True),
        _real("best_reward", nullable=True),
        _real("created_at"),
        _real("updated_at"),
        _text("error_text"),
        _big("epoch"),
        _text("owner", sa.String(300), nullable=True),
        _real("lease_until", nullable=True),
        _real("renewed_at", nullable=True),
        _primary("nas_searches", "search_id"),
        _unique("nas_searches", "name"),
        _check("nas_searches", "state", "state IN ('created', 'running', 'paused', 'completed', 'failed')"),
        _check(
            "nas_searches", "counters", "completed >= 0 AND failed >= 0 AND completed + failed <= created"
        ),
        _check("nas_searches", "best", "best_number IS NULL OR completed > 0"),
        _check("nas_searches", "lease", "(state = 'running') = (owner IS NOT NULL)"),
    )


def _create_trials() -> None:
    op.create_table(
        "nas_trials",
        _big("trial_id"),
        _big("search_id"),
        _big("number"),
        _text("architecture"),
        _text("canonical_key"),
        _big("seed"),
        _text("state", sa.String(16)),
        _big("asked_event"),
        _big("told_event", nullable=True),
        _real("log_probability", nullable=True),
        _big("policy_version", nullable=True),
        _real("reward", nullable=True),
        _real("baseline", nullable=True),
        _big("attempts"),
        _big("infrastructure_failures"),
        _real("validation_accuracy", nullable=True),
        _real("validation_loss", nullable=True),
        _big("parameters", nullable=True),
        _big("multiply_adds", nullable=True),
        _real("train_seconds"),
        _text("curve"),
        _text("failure", sa.String(32), nullable=True),
        _text("error_text"),
        _text("worker"),
        _real("created_at"),
        _real("started_at", nullable=True),
        _real("finished_at", nullable=True),
        _primary("nas_trials", "trial_id"),
        _unique("nas_trials", "search_id", "number"),
        _foreign("nas_trials", "nas_searches", "search_id"),
        _check("nas_trials", "state", "state IN ('waiting', 'running', 'completed', 'failed')"),
        _check("nas_trials", "reward", "(state = 'completed') = (reward IS NOT NULL)"),
        _check("nas_trials", "failure", "(state = 'failed') = (failure IS NOT NULL)"),
        _check("nas_trials", "told", "told_event IS NULL OR state IN ('completed', 'failed')"),
        _check("nas_trials", "number", "number >= 0"),
    )
    op.create_index(
        op.f("ix_nas_trials_search_id_canonical_key"), "nas_trials", ["search_id", "canonical_key"]
    )
    op.create_index(
        "ix_nas_trials_reward",
        "nas_trials",
        ["search_id", sa.literal_column("reward DESC"), "number"],
        sqlite_where=sa.text("reward IS NOT NULL"),
        postgresql_where=sa.text("reward IS NOT NULL"),
    )


def _create_policy_tables() -> None:
    op.create_table(
        "nas_updates",
        _big("search_id"),
        _big("version"),
        _big("event"),
        _text("samples"),
        _real("loss"),
        _real("entropy"),
        _real("gradient_norm"),
        _primary("nas_updates", "search_id", "version"),
        _foreign("nas_updates", "nas_searches", "search_id"),
    )
    op.create_table(
        "nas_checkpoints",
        _big("search_id"),
        _big("event"),
        _bytes("state"),
        _text("sha256", sa.String(64)),
        _real("created_at"),
        _primary("nas_checkpoints", "search_id", "event"),
        _foreign("nas_checkpoints", "nas_searches", "search_id"),
    )


def _create_training_tables() -> None:
    op.create_table(
        "nas_trainings",
        _big("training_id"),
        _big("search_id"),
        _big("number"),
        _big("seed"),
        _text("recipe"),
        _big("test_correct"),
        _big("test_total"),
        _big("train_images"),
        _real("train_seconds"),
        _big("parameters"),
        _big("multiply_adds"),
        _text("device"),
        _text("versions"),
        _bytes("weights"),
        _real("created_at"),
        _primary("nas_trainings", "training_id"),
        _foreign("nas_trainings", "nas_trials", "search_id", "number"),
        _check("nas_trainings", "test", "test_correct BETWEEN 0 AND test_total"),
    )
    op.create_table(
        "nas_exports",
        _big("export_id"),
        _big("search_id"),
        _big("number"),
        _text("directory"),
        _real("created_at"),
        _primary("nas_exports", "export_id"),
        _foreign("nas_exports", "nas_trials", "search_id", "number"),
    )
    for table in ("nas_trainings", "nas_exports"):
        op.create_index(op.f(f"ix_{table}_search_id_number"), table, ["search_id", "number"])


def _protect_finished_trials() -> None:
    columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns("nas_trials")]
    final = ", ".join(column for column in columns if column not in FOLLOWS)
    refuse = {"sqlite": _refuse_on_sqlite, "postgresql": _refuse_on_postgresql}[op.get_bind().dialect.name]
    refuse("nas_trials_finished", final, FINISHED)
    refuse("nas_trials_told", ", ".join(FOLLOWS), "OLD.told_event IS NOT NULL")


def _refuse_on_sqlite(name: str, columns: str, condition: str) -> None:
    op.execute(
        f"CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON nas_trials WHEN {condition} "
        "BEGIN SELECT RAISE(ABORT, 'a finished trial never changes'); END"
    )


def _refuse_on_postgresql(name: str, columns: str, condition: str) -> None:
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a finished trial never changes'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON nas_trials FOR EACH ROW WHEN ({condition}) "
        f"EXECUTE FUNCTION {name}()"
    )
