"""The staff's accounts: inviting, passwords, roles, closing and opening again. Each act stands in the audit trail."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, select, update

from booking.accounts import services as links
from booking.accounts.models import Staff, StaffRole
from booking.accounts.queries import staff as queries
from booking.accounts.rules import Purpose, limits
from booking.accounts.rules.roles import Ground, Post, Role, check_post
from booking.accounts.services import passwords, second_factor, signing_in
from booking.accounts.services.signing_in import NewSession
from booking.kernel import text
from booking.kernel.act import Act
from booking.kernel.refusal import N_, Refused
from booking.outbox import services as outbox
from booking.store import audit, writes
from booking.store.engine import session
from booking.store.locks import hold

RESET, INVITATION = "accounts/reset", "accounts/invitation"
RESETS_AN_HOUR, RESETS_A_DAY = 3, 10


class AddressTaken(Refused):
    message = N_("Somebody with this address has an account already. Change the roles there instead.")
    field = "email"


class NoSuchMember(Refused):
    message = N_("The account does not exist any more. Go back to the list.")


class LastAdministrator(Refused):
    message = N_("This is the last administrator. Give somebody else that role first.")


class NotYourself(Refused):
    message = N_("You cannot close your own account. Ask another administrator.")


class WrongOldPassword(Refused):
    message = N_("This is not the password that you have now.")
    field = "old"


# Coming in


@writes
def invite(email: str, *, name: str, language: str, posts: Iterable[Post], grounds: Iterable[Ground], act: Act) -> int:
    """A new account without a password, and the letter with its link: its number. Raises AddressTaken and the refusals
    of `check_post`."""
    staff_id = _create(email, name=name, language=language, act=act)
    for post in posts:
        give_role(staff_id, post, grounds=grounds, act=act)
    send_invitation(staff_id, act=act)
    audit("invite_staff", f"staff:{staff_id}", act=act)
    return staff_id


@writes
def open_account(
    email: str, *, name: str, posts: Iterable[Post], grounds: Iterable[Ground], password_hash: str, act: Act
) -> int:
    """An account that can be used at once, without a letter: its number. Raises what `invite` raises."""
    staff_id = _create(email, name=name, language="sv", act=act)
    for post in posts:
        give_role(staff_id, post, grounds=grounds, act=act)
    _set_password(staff_id, password_hash, act=act)
    return staff_id


@writes
def create(email: str, *, name: str, posts: Iterable[Post], act: Act) -> int:
    """An account without a password, for somebody whom the provider of single sign-on knows: its number. The roles are
    held everywhere. Raises AddressTaken."""
    staff_id = _create(email, name=name, language="sv", act=act)
    for post in posts:
        give_role(staff_id, post, grounds=(), act=act)
    audit("create_staff", f"staff:{staff_id}", act=act)
    return staff_id


@writes
def create_admin(email: str, *, act: Act) -> str:
    """The address of a link that works once and makes whoever opens it an administrator; nothing is mailed (D11).

    For an account that exists it is the way back in: the role is given again, the second factor begins anew.
    """
    found = queries.by_email(email)
    staff_id = found.id if found else _create(email, name=email.partition("@")[0], language="sv", act=act)
    if found:
        second_factor.turn_off(staff_id, act=act)
        session().execute(update(Staff).where(Staff.id == staff_id).values(closed_at=None))
    member = queries.member(staff_id)
    if member is not None and Post(Role.ADMINISTRATOR) not in [post for _, post in member.posts]:
        give_role(staff_id, Post(Role.ADMINISTRATOR), grounds=(), act=act)
    audit("create_admin", f"staff:{staff_id}", act=act)
    purpose = Purpose.RESET if found and found.password_hash else Purpose.INVITE
    return links.address_of(purpose, _new_link(purpose, staff_id, act=act), language="sv")


@writes
def send_invitation(staff_id: int, *, act: Act) -> None:
    """Mail somebody the link to come in, for seven days and once; earlier ones end. Raises NoSuchMember."""
    member = _member(staff_id)
    nonce = _new_link(Purpose.INVITE, staff_id, act=act)
    outbox.enqueue(
        INVITATION,
        to=member.email,
        language=member.language,
        subject=f"staff:{staff_id}",
        payload={"link": links.letter_link(Purpose.INVITE, nonce)},
        act=act,
        not_after=act.now + limits.INVITATION_LIVES,
    )


@writes
def invite_again(staff_id: int, *, act: Act) -> None:
    """A fresh letter for somebody who has not come in yet; nothing for others. Raises NoSuchMember."""
    if _member(staff_id).is_invited:
        send_invitation(staff_id, act=act)
        audit("invite_staff", f"staff:{staff_id}", act=act)


@writes
def send_reset(email: str, *, act: Act) -> None:
    """Mail the link to a new password, for an hour and once. Says nothing of what it found (requirement D9): an unknown
    or closed account gets no letter, one that has got three within the hour no fourth."""
    found = queries.by_email(email)
    if found is None or found.is_closed:
        return
    hold(f"reset:{found.id}")
    member = _member(found.id)
    if member.is_invited:
        send_invitation(found.id, act=act)
        return
    if not outbox.may_send(RESET, member.email, an_hour=RESETS_AN_HOUR, a_day=RESETS_A_DAY, act=act):
        return
    outbox.enqueue(
        RESET,
        to=member.email,
        language=member.language,
        subject=f"staff:{found.id}",
        payload={"link": links.letter_link(Purpose.RESET, _new_link(Purpose.RESET, found.id, act=act))},
        act=act,
        not_after=act.now + limits.RESET_LIVES,
    )


def take_invitation(staff_id: int, *, name: str, password: str, act: Act) -> NewSession:
    """The first password, by an invitation's link, which ends with it. Raises the refusals of `rules.passwords`."""
    member = _member(staff_id)
    passwords.check(password, email=member.email)
    return _take_invitation(staff_id, name=name, password_hash=passwords.hashed(password, act=act), act=act)


@writes
def _take_invitation(staff_id: int, *, name: str, password_hash: str, act: Act) -> NewSession:
    own = signing_in.by(staff_id, act)
    session().execute(update(Staff).where(Staff.id == staff_id).values(name=name))
    _set_password(staff_id, password_hash, act=own)
    audit("take_invitation", f"staff:{staff_id}", act=own)
    return signing_in.admit(staff_id, act=act)


def reset_password(staff_id: int, password: str, *, act: Act) -> NewSession:
    """A new password by the mailed link. Ends the link and every session (requirement D8); who has a second factor must
    still give a code. Raises the refusals of `rules.passwords`."""
    member = _member(staff_id)
    passwords.check(password, email=member.email)
    return _reset_password(staff_id, passwords.hashed(password, act=act), act=act)


@writes
def _reset_password(staff_id: int, password_hash: str, *, act: Act) -> NewSession:
    _set_password(staff_id, password_hash, act=signing_in.by(staff_id, act))
    return signing_in.admit(staff_id, act=act)


def change_password(staff: queries.SignedIn, *, old: str, new: str, act: Act) -> NewSession:
    """Another password for somebody who is signed in and knows the old one. Ends every session, this one too, and opens
    a new one here (requirement E2). Raises WrongOldPassword and the refusals of `rules.passwords`."""
    found = queries.credentials(staff.id)
    if not passwords.is_right(found.password_hash if found else None, old):
        raise WrongOldPassword
    passwords.check(new, email=staff.email)
    return _change_password(staff.id, passwords.hashed(new, act=act), act=act)


@writes
def _change_password(staff_id: int, password_hash: str, *, act: Act) -> NewSession:
    _set_password(staff_id, password_hash, act=act)
    return signing_in.open_session(staff_id, act=act)


def turn_off_own_second_factor(staff: queries.SignedIn, *, password: str, act: Act) -> None:
    """Back to the password alone, for who knows it. Raises WrongOldPassword."""
    found = queries.credentials(staff.id)
    if not passwords.is_right(found.password_hash if found else None, password):
        raise WrongOldPassword
    second_factor.turn_off(staff.id, act=act)


def _set_password(staff_id: int, password_hash: str, *, act: Act) -> None:
    session().execute(update(Staff).where(Staff.id == staff_id).values(password_hash=password_hash))
    for purpose in (Purpose.RESET, Purpose.INVITE):
        links.revoke(purpose, str(staff_id), act=act)
    signing_in.end_all(staff_id, act=act)
    audit("set_password", f"staff:{staff_id}", act=act)


# Who may what


@writes
def give_role(staff_id: int, post: Post, *, grounds: Iterable[Ground], act: Act) -> None:
    """One more role; twice is once. Works at the next request (requirement D5). Raises the refusals of `check_post`."""
    check_post(post, grounds)
    if post in [held for _, held in _member(staff_id).posts]:
        return
    new = StaffRole(staff_id=staff_id, role=post.role, organisation_id=post.organisation_id, place_id=post.place_id)
    session().add(new)
    session().flush()  # the members' query below reads it
    audit(f"give_role:{post.role}", f"staff:{staff_id}", act=act)


@writes
def take_role(staff_id: int, role_id: int, *, act: Act) -> None:
    """One role less; one that is gone already is no mistake. Raises LastAdministrator."""
    hold("administrators")
    post = dict(_member(staff_id).posts).get(role_id)
    if post is None:
        return
    if post.role is Role.ADMINISTRATOR:
        _check_others(staff_id)
    session().execute(delete(StaffRole).where(StaffRole.id == role_id, StaffRole.staff_id == staff_id))
    audit(f"take_role:{post.role}", f"staff:{staff_id}", act=act)


@writes
def close(staff_id: int, *, act: Act) -> None:
    """Let somebody in no more: sessions and links end at once (requirement D5).

    Raises LastAdministrator and NotYourself.
    """
    hold("administrators")
    member = _member(staff_id)
    if str(staff_id) == act.actor.ref:
        raise NotYourself
    if any(post.role is Role.ADMINISTRATOR for _, post in member.posts):
        _check_others(staff_id)
    session().execute(update(Staff).where(Staff.id == staff_id, Staff.closed_at.is_(None)).values(closed_at=act.now))
    signing_in.end_all(staff_id, act=act)
    for purpose in (Purpose.RESET, Purpose.INVITE):
        links.revoke(purpose, str(staff_id), act=act)
    audit("close_account", f"staff:{staff_id}", act=act)


@writes
def reopen(staff_id: int, *, act: Act) -> None:
    """Let somebody in again, with the roles and the password of before."""
    _member(staff_id)
    session().execute(update(Staff).where(Staff.id == staff_id).values(closed_at=None))
    audit("reopen_account", f"staff:{staff_id}", act=act)


@writes
def begin_second_factor_anew(staff_id: int, *, act: Act) -> None:
    """For somebody whose phone and recovery codes are gone; sessions end with it. Raises NoSuchMember."""
    _member(staff_id)
    second_factor.turn_off(staff_id, act=act)
    signing_in.end_all(staff_id, act=act)


def _check_others(staff_id: int) -> None:
    others = select(func.count()).where(
        StaffRole.role == Role.ADMINISTRATOR,
        StaffRole.staff_id != staff_id,
        StaffRole.staff_id == Staff.id,
        Staff.closed_at.is_(None),
    )
    if not session().scalar(others):
        raise LastAdministrator


def _create(email: str, *, name: str, language: str, act: Act) -> int:
    address = text.one_line(email, limit=text.EMAIL_LENGTH)
    hold(f"staff:{queries.email_key(address)}")
    if queries.by_email(address):
        raise AddressTaken
    new = Staff(email=address, email_key=queries.email_key(address), name=name, language=language, created_at=act.now)
    session().add(new)
    session().flush()  # its number is wanted
    return new.id


def _new_link(purpose: Purpose, staff_id: int, *, act: Act) -> bytes:
    """The nonce of a fresh link; earlier ones of the purpose end, so that one at a time is out."""
    links.revoke(purpose, str(staff_id), act=act)
    lives = limits.RESET_LIVES if purpose is Purpose.RESET else limits.INVITATION_LIVES
    drawn = links.draw(purpose, str(staff_id), ends_at=act.now + lives, act=act)
    links.store(drawn)
    return drawn.nonce


def _member(staff_id: int) -> queries.Member:
    found = queries.member(staff_id)
    if found is None:
        raise NoSuchMember
    return found
