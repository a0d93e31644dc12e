"""What the pictures of a search are, so that its networks can be priced without reading them again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the shape of one picture, as JSON of (channels, height, width), and the number of classes."""
    op.add_column("nas_searches", sa.Column("image", sa.Text()))
    op.add_column("nas_searches", sa.Column("classes", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))
