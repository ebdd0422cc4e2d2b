"""Staff: their accounts, roles, sessions, tries to sign in and recovery codes."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from booking.accounts.rules.limits import Step
from booking.accounts.rules.roles import Role
from booking.store import Base, Key, enum_column
from booking.store.base import BigKey


class Staff(Base):
    """One who works here. Never deleted while the audit trail names the number; a closed account signs nobody in.

    `email_key` is the address as it is compared. The password is kept as argon2id makes it; None until the invitation
    is taken. Of the second factor only the nonce is kept (`rules.codes.secret`):
    `totp_since` None means that it is not in use, `totp_step` is the last step whose code was used.
    """

    __tablename__ = "staff"

    id: Mapped[Key]
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    language: Mapped[str]
    password_hash: Mapped[str | None]
    totp_nonce: Mapped[bytes | None]
    totp_since: Mapped[dt.datetime | None]
    totp_step: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]


class StaffRole(Base):
    """A role that somebody holds: in one place, in one organisation, or everywhere when neither is named.

    The two numbers are those of the room of places, which stands above this one; its rows are never deleted.
    """

    __tablename__ = "staff_roles"
    __table_args__ = (CheckConstraint("organisation_id IS NULL OR place_id IS NULL", name="one_scope"),)

    id: Mapped[Key]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    role: Mapped[Role] = mapped_column(enum_column(Role))
    organisation_id: Mapped[int | None] = mapped_column(BigKey)
    place_id: Mapped[int | None] = mapped_column(BigKey)


class StaffSession(Base):
    """One browser that is signed in. The cookie holds a random token, this row its hash (requirements E1, E2).

    `is_half`: the password was right and the code of the second factor is still to come. `by_provider`: the provider of
    single sign-on says that it has asked for a second factor of its own, so that ours is not demanded.
    """

    __tablename__ = "staff_sessions"
    __table_args__ = (Index(None, "staff_id", "ended_at"),)

    id: Mapped[Key]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    is_half: Mapped[bool]
    by_provider: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]


class Identity(Base):
    """Who somebody is at a provider of single sign-on: its address and the subject, which it never gives to another
    (OpenID Connect Core 1.0, 5.7). Never the e-mail address, which people inherit."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[Key]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    issuer: Mapped[str]
    subject: Mapped[str]
    created_at: Mapped[dt.datetime]


class SignInTry(Base):
    """One judged try to sign in, wrong until it is known to be right. Keyed hashes instead of address and network."""

    __tablename__ = "sign_in_tries"
    __table_args__ = (Index(None, "account_key", "at"), Index(None, "network_key", "at"), Index(None, "at"))

    id: Mapped[Key]
    at: Mapped[dt.datetime]
    step: Mapped[Step] = mapped_column(enum_column(Step))
    account_key: Mapped[str]
    network_key: Mapped[str]
    was_right: Mapped[bool]


class RecoveryCode(Base):
    """One way in without the phone, usable once. Kept as a keyed hash."""

    __tablename__ = "recovery_codes"

    id: Mapped[Key]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    code_hash: Mapped[str]
    used_at: Mapped[dt.datetime | None]
