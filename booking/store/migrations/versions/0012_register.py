"""The house register: how often places, rooms, days off and organisations were saved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0009"
branch_labels: None = None
depends_on: None = None

# Plain additions: a batch would make `places` anew on SQLite, without its feed triggers.
TABLES = ("organisations", "places", "rooms", "days_off")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "version")
