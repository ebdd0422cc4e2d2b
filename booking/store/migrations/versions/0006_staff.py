"""Staff: accounts, roles, sessions, tries to sign in, recovery codes; links for invitations and new passwords."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: None = None
depends_on: None = None

PURPOSES = (
    "manage",
    "mine",
    "join",
    "feedback",
    "feed",
    "confirm",
    "subscription",
    "unsubscribe",
    "reset",
    "invite",
)


def upgrade() -> None:
    op.create_table(
        "sign_in_tries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "step",
            sa.Enum("password", "code", name="step", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("account_key", sa.Text(), nullable=False),
        sa.Column("network_key", sa.Text(), nullable=False),
        sa.Column("was_right", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_tries")),
    )
    op.create_index(op.f("ix_sign_in_tries_account_key_at"), "sign_in_tries", ["account_key", "at"], unique=False)
    op.create_index(op.f("ix_sign_in_tries_at"), "sign_in_tries", ["at"], unique=False)
    op.create_index(op.f("ix_sign_in_tries_network_key_at"), "sign_in_tries", ["network_key", "at"], unique=False)

    op.create_table(
        "staff",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("totp_nonce", sa.LargeBinary(), nullable=True),
        sa.Column("totp_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email_key", name=op.f("uq_staff_email_key")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_recovery_codes_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
    )
    op.create_index(op.f("ix_recovery_codes_staff_id"), "recovery_codes", ["staff_id"], unique=False)

    op.create_table(
        "staff_roles",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "trainer",
                "branch",
                "driver",
                "coordinator",
                "regional",
                "administrator",
                "auditor",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("place_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("organisation_id IS NULL OR place_id IS NULL", name=op.f("ck_staff_roles_one_scope")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_roles_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_roles")),
    )
    op.create_index(op.f("ix_staff_roles_staff_id"), "staff_roles", ["staff_id"], unique=False)

    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("is_half", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_sessions_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sessions_token_hash")),
    )
    op.create_index(
        op.f("ix_staff_sessions_staff_id_ended_at"), "staff_sessions", ["staff_id", "ended_at"], unique=False
    )

    _allow(PURPOSES)


def downgrade() -> None:
    op.execute("DELETE FROM links WHERE purpose IN ('reset', 'invite')")
    _allow(PURPOSES[:-2])

    op.drop_table("staff_sessions")

    op.drop_table("staff_roles")

    op.drop_table("recovery_codes")
    op.drop_table("staff")

    op.drop_table("sign_in_tries")


def _allow(purposes: tuple[str, ...]) -> None:
    """What a link may be for: a CHECK on a text column, alike on both databases."""
    words = ", ".join(f"'{purpose}'" for purpose in purposes)
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_links_purpose"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_links_purpose"), f"purpose IN ({words})")
