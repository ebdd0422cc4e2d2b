"""The house register: how often places, rooms, days off and organisations were saved; texts of the public pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: None = None
depends_on: None = None

# Plain additions: a batch would make `places` anew on SQLite, without its feed triggers.
TABLES = ("organisations", "places", "rooms", "days_off")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.create_table(
        "page_texts",
        sa.Column(
            "page",
            sa.Enum(
                "about",
                "accessibility",
                "privacy",
                name="textpage",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("sv", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("page", name=op.f("pk_page_texts")),
    )


def downgrade() -> None:
    op.drop_table("page_texts")
    for table in TABLES:
        op.drop_column(table, "version")
