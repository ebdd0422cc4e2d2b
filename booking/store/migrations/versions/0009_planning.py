"""Planning: activities that are retired, and how often staff changed a slot or an activity."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    # Plain columns: the tables are not made anew, so the triggers of the feeds stay.
    op.add_column("activities", sa.Column("retired_on", sa.Date(), nullable=True))
    op.add_column("activities", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("slots", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))


def downgrade() -> None:
    op.drop_column("slots", "version")
    op.drop_column("activities", "version")
    op.drop_column("activities", "retired_on")
