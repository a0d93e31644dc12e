"""Several objectives, repeated trainings, latency, and how far a step of the policy went."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds the columns; what was stored before was trained once, for one objective, and its steps were not measured."""
    op.add_column("nas_trials", sa.Column("repeat", BIG, nullable=False, server_default="0"))
    op.add_column("nas_trials", sa.Column("objectives", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("nas_trials", sa.Column("latency_ms", sa.Double()))
    op.add_column("nas_updates", sa.Column("kl", sa.Double(), nullable=False, server_default="0"))
    op.add_column("nas_updates", sa.Column("imagined", BIG, nullable=False, server_default="0"))
