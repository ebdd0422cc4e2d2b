"""Whom of the staff a letter goes to."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select

from booking.accounts.models import Staff, StaffRole
from booking.accounts.rules.roles import GRANTS, Capability, Reach
from booking.store.engine import session


class Addressee(NamedTuple):
    """One of the staff who can be written to: an open account."""

    staff_id: int
    name: str
    email: str
    language: str


def addressees(staff_ids: Collection[int]) -> dict[int, Addressee]:
    """Those of these staff whose accounts are open, by number. One query."""
    return {found.staff_id: found for found in _read(Staff.id.in_(staff_ids))}


def who_may(capability: Capability, *, place_id: int, organisation_id: int) -> list[Addressee]:
    """The staff who have the capability at this place by a role that is held there, in order of numbers. One query."""
    roles = [role for role, reach in GRANTS[capability].items() if reach is Reach.HELD]
    is_here = or_(
        StaffRole.place_id == place_id,
        StaffRole.organisation_id == organisation_id,
        StaffRole.place_id.is_(None) & StaffRole.organisation_id.is_(None),
    )
    holders = select(StaffRole.staff_id).where(StaffRole.role.in_(roles), is_here)
    return _read(Staff.id.in_(holders))


def _read(condition: ColumnElement[bool]) -> list[Addressee]:
    found = select(Staff.id, Staff.name, Staff.email, Staff.language).where(condition, Staff.closed_at.is_(None))
    return [Addressee._make(row) for row in session().execute(found.order_by(Staff.id))]
