"""A trainer who signs in: which account of the staff is whose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    with op.batch_alter_table("trainers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_trainers_staff_id_staff"), "staff", ["staff_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_trainers_staff_id"), ["staff_id"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table("trainers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trainers_staff_id"))
        batch_op.drop_constraint(batch_op.f("fk_trainers_staff_id_staff"), type_="foreignkey")
        batch_op.drop_column("staff_id")
