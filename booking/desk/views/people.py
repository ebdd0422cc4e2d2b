"""A slot's people as a file: not without a secrecy review, and never kept on the server (requirements C11, D4, H7)."""

from __future__ import annotations

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, where
from booking.accounts.rules.roles import Capability
from booking.bookings.queries import people as queries
from booking.bookings.queries.people import ListedSlot, Person
from booking.bookings.rules.people import LIST_LIVES
from booking.bookings.services import people
from booking.desk.forms.people import PeopleForm
from booking.desk.views.blueprint import bp
from booking.kernel import clock
from booking.kernel.sheet import Cell, Sheet, SheetKind, file_name
from booking.settings import current
from booking.web.filters import day_date, phone_words
from booking.web.language import current_language
from booking.web.sheets import sent
from booking.web.texts import gettext


@bp.route("/personal/pass/<int:slot_id>/export", methods=["GET", "POST"])
@requires(Capability.EXPORT_PEOPLE)
def export_people(slot_id: int) -> ResponseReturnValue:
    """What to think of first, in the organisation's own words; the file once that is said to be done."""
    scope = where(Capability.EXPORT_PEOPLE)
    slot = queries.listed_slot(slot_id, scope=scope)
    if slot is None:
        abort(404)
    form = PeopleForm()
    if not form.validate_on_submit():
        page = render_template("desk/export_people.html", form=form, slot=slot, review=current().secrecy_text)
        return page, form.status
    with_contacts = bool(form.contacts.data)
    found = people.hand_out(slot_id, scope=scope, with_contacts=with_contacts, act=current_act())
    name = file_name(gettext("participants"), slot.id, clock.local_day(slot.starts_at))
    sheet = _sheet(slot, found, with_contacts=with_contacts)
    return sent(sheet, SheetKind(form.kind.data), name=name, made_at=current_act().now)


def _sheet(slot: ListedSlot, found: list[Person], *, with_contacts: bool) -> Sheet:
    ends = clock.local_day(slot.ends_at + LIST_LIVES)
    columns = [
        gettext("First name or nickname"),
        gettext("Age"),
        gettext("Standing"),
        gettext("Place in the queue"),
        gettext("Needs"),
        gettext("Adults with them"),
    ]
    contact = [gettext("Adult"), gettext("E-mail"), gettext("Phone")] if with_contacts else []
    return Sheet(
        name=gettext("Participants"),
        columns=[*columns, *contact, gettext("Destroy after")],
        rows=[[*_row(one, with_contacts=with_contacts), ends] for one in found],
        footer=gettext("%(title)s. Destroy after %(day)s.", title=slot.title, day=day_date(current_language(), ends)),
    )


def _row(one: Person, *, with_contacts: bool) -> list[Cell]:
    standing = gettext("Has a seat") if one.queue_number is None else gettext("Waits")
    cells: list[Cell] = [one.name, one.age, standing, one.queue_number, one.needs, one.adults]
    return [*cells, one.contact, one.email, phone_words(one.phone)] if with_contacts else cells
