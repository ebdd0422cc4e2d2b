"""Coming in by a provider of single sign-on: matched by issuer and subject, never by the e-mail address alone."""

from __future__ import annotations

from sqlalchemy import delete

from booking.accounts.models import Identity
from booking.accounts.queries import staff as queries
from booking.accounts.queries.staff import SignedIn
from booking.accounts.rules import Purpose
from booking.accounts.rules import provider as rules
from booking.accounts.rules.provider import Claimed
from booking.accounts.rules.roles import Post, Role
from booking.accounts.services import passwords, revoke, signing_in, staff
from booking.accounts.services.signing_in import NewSession
from booking.kernel.act import Act
from booking.settings import current
from booking.store import audit, writes
from booking.store.engine import session
from booking.store.locks import hold


@writes
def come_in(claimed: Claimed, *, act: Act) -> NewSession:
    """A session for who the provider says is there: a half one where our own code must follow.

    An unknown person gets an account when the provider vouches for an address in one of the setting's domains that
    nobody here has. Raises NobodyHere (closed accounts too), AddressUnverified, AddressHasAccount.
    """
    _hold(claimed)
    found = queries.by_identity(claimed.issuer, claimed.subject)
    if found is None:
        staff_id = _new_account(claimed, act=act)
    elif found.is_closed:
        raise rules.NobodyHere(provider=current().provider_name)
    else:
        staff_id = found.id
    return _admit(staff_id, claimed, act=act)


@writes
def take_invitation(staff_id: int, claimed: Claimed, *, act: Act) -> NewSession:
    """Open an invited account by the provider instead of by a password; the invitation's link ends with it.

    The link says which account, so the address at the provider may be another. Raises SomebodyElses, NobodyHere.
    """
    _hold(claimed)
    member = queries.member(staff_id)
    if member is None or member.closed_at is not None:
        raise rules.NobodyHere(provider=current().provider_name)
    own = signing_in.by(staff_id, act)
    _connect(staff_id, claimed, act=own)
    for purpose in (Purpose.RESET, Purpose.INVITE):
        revoke(purpose, str(staff_id), act=own)
    audit("take_invitation", f"staff:{staff_id}", act=own)
    return _admit(staff_id, claimed, act=act)


@writes
def connect(staff_id: int, claimed: Claimed, *, act: Act) -> None:
    """From now on somebody who is signed in may also come in by the provider; twice is once. Raises SomebodyElses."""
    _hold(claimed)
    _connect(staff_id, claimed, act=act)


@writes
def disconnect(staff_id: int, *, act: Act) -> None:
    """Come in by the password alone again. Raises PasswordFirst for who has none."""
    found = queries.credentials(staff_id)
    if found is None or found.password_hash is None:
        raise rules.PasswordFirst(provider=current().provider_name)
    session().execute(delete(Identity).where(Identity.staff_id == staff_id))
    audit("disconnect_identity", f"staff:{staff_id}", act=act)


def check_password(own: SignedIn, password: str) -> None:
    """Before an account is connected: an open screen is no proof of who sits there. Raises WrongOldPassword."""
    found = queries.credentials(own.id)
    if not passwords.is_right(found.password_hash if found else None, password):
        raise staff.WrongOldPassword


def _hold(claimed: Claimed) -> None:
    """Two windows of the same person must not make two accounts."""
    hold(f"identity:{claimed.issuer}:{claimed.subject}")


def _new_account(claimed: Claimed, *, act: Act) -> int:
    settings = current()
    if not settings.oidc_domains:
        raise rules.NobodyHere(provider=settings.provider_name)
    if not claimed.email:
        raise rules.AddressUnverified(provider=settings.provider_name)
    if not rules.is_of(claimed.email, settings.oidc_domains):
        raise rules.NobodyHere(provider=settings.provider_name)
    if queries.by_email(claimed.email) is not None:
        raise rules.AddressHasAccount(provider=settings.provider_name)
    posts = [Post(Role(role)) for role in settings.oidc_new_roles]
    staff_id = staff.create(claimed.email, name=claimed.name or claimed.email, posts=posts, act=act)
    _connect(staff_id, claimed, act=signing_in.by(staff_id, act))
    return staff_id


def _connect(staff_id: int, claimed: Claimed, *, act: Act) -> None:
    found = queries.by_identity(claimed.issuer, claimed.subject)
    if found is not None and found.id != staff_id:
        raise rules.SomebodyElses(provider=current().provider_name)
    if found is None:
        session().add(Identity(staff_id=staff_id, issuer=claimed.issuer, subject=claimed.subject, created_at=act.now))
        session().flush()  # a constraint that says no must say it inside the verb
        audit("connect_identity", f"staff:{staff_id}", act=act)


def _admit(staff_id: int, claimed: Claimed, *, act: Act) -> NewSession:
    found = queries.credentials(staff_id)
    must_give_code = found is not None and found.has_second_factor and not claimed.has_second_factor
    return signing_in.open_session(staff_id, is_half=must_give_code, by_provider=claimed.has_second_factor, act=act)
