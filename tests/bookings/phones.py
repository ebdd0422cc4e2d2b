"""Families' browsers under the checking client, and the form filled in as they do it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Flask

from booking.store.engine import session
from tests.bookings import world
from tests.bookings.world import MadeSlot
from tests.page import Page, Visitor, visit

ADULT = {"namn": "Samira", "epost": "samira@example.org", "telefon": "070-174 06 05", "vuxna": "1", "behov": ""}
NAMES = ("Ada", "Bo", "Cleo")


def new_phone(app: Flask) -> Visitor:
    """A browser that has not been here before."""
    app.test_client_class = Visitor
    phone = app.test_client()
    assert isinstance(phone, Visitor)
    return phone


def slot_from_now(*, seats: int = 8, **others: Any) -> MadeSlot:
    """A slot in ten days, counted from this moment: pages ask the real clock."""
    now = dt.datetime.now(dt.UTC)
    made = world.make_slot(seats=seats, starts_at=now + 10 * world.DAY, opens_at=now - world.DAY, **others)
    session().commit()
    return made


def filled_in(children: int = 1) -> dict[str, str]:
    """What Samira writes for so many children of nine."""
    typed = {f"barn-{n}-namn": NAMES[n - 1] for n in range(1, children + 1)}
    return {**typed, **{f"barn-{n}-alder": "9" for n in range(1, children + 1)}, **ADULT}


def open_form(phone: Visitor, slot: MadeSlot, *, children: int = 1) -> Page:
    """The booking form with so many empty rows."""
    page = visit(phone, f"/pass/{slot.id}/bokning")
    for _ in range(children - 1):
        page = page.submit({}, button="barn")
    return page


def book(phone: Visitor, slot: MadeSlot, *, children: int = 1, **changed: str) -> Page:
    """Fill in the form as a family does; the receipt."""
    return open_form(phone, slot, children=children).submit({**filled_in(children), **changed})


def add_child(receipt: Page, name: str, age: str = "9") -> Page:
    """One more child by the receipt's button; the family's page that comes."""
    return receipt.follow("Lägg till ett barn").submit({"namn": name, "alder": age})
