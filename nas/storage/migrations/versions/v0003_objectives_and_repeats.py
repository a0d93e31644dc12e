"""Several objectives, repeated trainings, latency, and how far a step of the policy went."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

FINISHED = "OLD.state IN ('completed', 'failed')"
FOLLOWS = ("told_event", "baseline")


def upgrade() -> None:
    """Adds the columns; what was stored before was trained once, for one objective, and its steps were not measured."""
    op.add_column("nas_trials", sa.Column("repeat", BIG, nullable=False, server_default="0"))
    op.add_column("nas_trials", sa.Column("objectives", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("nas_trials", sa.Column("latency_ms", sa.Double()))
    op.add_column("nas_updates", sa.Column("kl", sa.Double()))
    op.add_column("nas_updates", sa.Column("imagined", BIG, nullable=False, server_default="0"))
    _protect_new_columns()


def _protect_new_columns() -> None:
    """Makes the trigger on finished trials anew, since it lists the columns that it guards."""
    columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns("nas_trials")]
    final = ", ".join(column for column in columns if column not in FOLLOWS)
    before = f"CREATE TRIGGER nas_trials_finished BEFORE UPDATE OF {final} ON nas_trials"
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER nas_trials_finished")
        op.execute(
            f"{before} WHEN {FINISHED} BEGIN SELECT RAISE(ABORT, 'a finished trial never changes'); END"
        )
    else:
        op.execute("DROP TRIGGER nas_trials_finished ON nas_trials")
        op.execute(f"{before} FOR EACH ROW WHEN ({FINISHED}) EXECUTE FUNCTION nas_trials_finished()")
