"""Turning the second factor on and off, and using its codes once each (requirement D10)."""

from __future__ import annotations

from sqlalchemy import delete, insert, select, update

from booking.accounts.models import RecoveryCode, Staff
from booking.accounts.rules import codes
from booking.kernel import token as tokens
from booking.kernel.act import Act
from booking.settings import current
from booking.store import audit, writes
from booking.store.engine import session

NONCE_BYTES = 20


def secret(nonce: bytes) -> bytes:
    """The secret of a nonce under this installation's key."""
    return codes.secret(current().key, nonce)


@writes
def prepare(staff_id: int, *, act: Act) -> bytes:
    """The nonce of the secret that is about to be taken into use; the same at each call until then."""
    nonce, since = session().execute(select(Staff.totp_nonce, Staff.totp_since).where(Staff.id == staff_id)).one()
    if nonce is None or since is not None:
        nonce = act.new_code(NONCE_BYTES)
        values = {"totp_nonce": nonce, "totp_since": None, "totp_step": 0}
        session().execute(update(Staff).where(Staff.id == staff_id, Staff.totp_since.is_(None)).values(values))
    return bytes(nonce)


@writes
def turn_on(staff_id: int, typed: str, *, act: Act) -> list[str]:
    """Take the second factor into use by a code from the app; the recovery codes, told this once. Raises WrongCode."""
    nonce = session().scalar(select(Staff.totp_nonce).where(Staff.id == staff_id, Staff.totp_since.is_(None)))
    if nonce is None or not _use_step(staff_id, codes.bare(typed), nonce=nonce, act=act):
        raise codes.WrongCode
    session().execute(update(Staff).where(Staff.id == staff_id).values(totp_since=act.now))
    audit("turn_on_second_factor", f"staff:{staff_id}", act=act)
    return renew_recovery_codes(staff_id, act=act)


@writes
def turn_off(staff_id: int, *, act: Act) -> None:
    """Go back to the password alone, or let somebody whose phone is gone begin anew."""
    values = {"totp_nonce": None, "totp_since": None, "totp_step": 0}
    session().execute(update(Staff).where(Staff.id == staff_id).values(values))
    session().execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    audit("turn_off_second_factor", f"staff:{staff_id}", act=act)


@writes
def renew_recovery_codes(staff_id: int, *, act: Act) -> list[str]:
    """New recovery codes instead of all earlier ones. They are told here and never again."""
    made = [codes.recovery_code(act.new_code(codes.RECOVERY_BYTES)) for _ in range(codes.RECOVERY_CODES)]
    session().execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    session().execute(
        insert(RecoveryCode), [{"staff_id": staff_id, "code_hash": _hash(staff_id, codes.bare(code))} for code in made]
    )
    audit("renew_recovery_codes", f"staff:{staff_id}", act=act)
    return made


@writes
def use(staff_id: int, typed: str, *, act: Act) -> bool:
    """Whether a code of the app or a recovery code is right. A right one is used up with the answer."""
    bare = codes.bare(typed)
    nonce = session().scalar(select(Staff.totp_nonce).where(Staff.id == staff_id, Staff.totp_since.is_not(None)))
    return nonce is not None and (_use_step(staff_id, bare, nonce=nonce, act=act) or _use_recovery(staff_id, bare, act))


def _use_step(staff_id: int, typed: str, *, nonce: bytes, act: Act) -> bool:
    used = session().scalar(select(Staff.totp_step).where(Staff.id == staff_id)) or 0
    step = codes.matching_step(secret(bytes(nonce)), typed, now=act.now, after=used)
    if step is None:
        return False
    # The condition again: on PostgreSQL two requests may have read the same step.
    taken = session().execute(
        update(Staff).where(Staff.id == staff_id, Staff.totp_step < step).values(totp_step=step).returning(Staff.id)
    )
    return taken.first() is not None


def _use_recovery(staff_id: int, typed: str, act: Act) -> bool:
    taken = session().execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.staff_id == staff_id,
            RecoveryCode.code_hash == _hash(staff_id, typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=act.now)
        .returning(RecoveryCode.id)
    )
    if taken.first() is None:
        return False
    audit("use_recovery_code", f"staff:{staff_id}", act=act)
    return True


def _hash(staff_id: int, code: str) -> str:
    return tokens.keyed_hash(current().key, "recovery code", str(staff_id), code)
