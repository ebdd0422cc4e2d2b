"""The calendar of days off that staff keep: holidays, school breaks, days of the library's own."""

from __future__ import annotations

import datetime as dt

from booking.kernel.act import Act
from booking.places.models import DayOff, Place
from booking.places.rules import DayOffKind, DaysUpsideDown, NameMissing, NoSuchDayOff, NoSuchPlace
from booking.places.rules.keeping import ChangedMeanwhile
from booking.store import audit, writes
from booking.store.engine import session


@writes
def add_days_off(
    *, kind: DayOffKind, first_on: dt.date, last_on: dt.date, name: str, act: Act, place_id: int | None = None
) -> DayOff:
    """Days, both ends included, on which nothing is planned without a reason; `place_id` None: at no place.

    What is planned already stays. Raises DaysUpsideDown, NameMissing, NoSuchPlace.
    """
    if place_id is not None and session().get(Place, place_id) is None:
        raise NoSuchPlace
    days = DayOff(
        place_id=place_id, kind=kind, first_on=first_on, last_on=last_on, name=_checked(name, first_on, last_on)
    )
    session().add(days)
    session().flush()  # the audit row names it by its number
    audit("add_days_off", f"day_off:{days.id}", act=act)
    return days


@writes
def change_days_off(
    days_id: int,
    *,
    kind: DayOffKind,
    first_on: dt.date,
    last_on: dt.date,
    name: str,
    act: Act,
    version: int | None = None,
) -> None:
    """Correct days off; whose they are stays. `version` is that of the page (requirement A14), None: whatever is there.

    Raises NoSuchDayOff, ChangedMeanwhile, DaysUpsideDown, NameMissing.
    """
    days = _days(days_id)
    if version is not None and days.version != version:
        raise ChangedMeanwhile
    days.kind, days.name = kind, _checked(name, first_on, last_on)
    days.first_on, days.last_on, days.version = first_on, last_on, days.version + 1
    session().flush()  # the change before the audit row that tells of it
    audit("change_days_off", f"day_off:{days_id}", act=act)


@writes
def remove_days_off(days_id: int, *, act: Act) -> None:
    """Take days off out of the calendar. Raises NoSuchDayOff."""
    session().delete(_days(days_id))
    session().flush()  # gone before the audit row that tells of it
    audit("remove_days_off", f"day_off:{days_id}", act=act)


def _days(days_id: int) -> DayOff:
    days = session().get(DayOff, days_id, with_for_update=True)
    if days is None:
        raise NoSuchDayOff
    return days


def _checked(name: str, first_on: dt.date, last_on: dt.date) -> str:
    if last_on < first_on:
        raise DaysUpsideDown
    if not name.strip():
        raise NameMissing
    return " ".join(name.split())
