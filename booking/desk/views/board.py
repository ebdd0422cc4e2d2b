"""The board of weeks: places as rows, days as columns."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, this_staff, where
from booking.accounts.rules.roles import Capability, may
from booking.desk.views.blueprint import bp
from booking.kernel import clock
from booking.programme.queries.board import BUS_ROW, BoardPlace, Chip, board_chips, board_places, closed_days
from booking.programme.rules import FEW, FEW_SHARE, Admission, SlotState
from booking.web.texts import gettext

_WEEK = dt.timedelta(days=7)


class Filters(NamedTuple):
    """What the board is narrowed to; None: all."""

    place: int | None
    trainer: int | None
    activity: int | None


@dataclass(frozen=True)
class Row:
    """A place with the chips of each day, and what the calendar says of days without any."""

    place: BoardPlace
    days: list[tuple[dt.date, list[Chip], str]]


@bp.get("/personal/tavla")
@requires(Capability.SEE_PLAN)
def board() -> ResponseReturnValue:
    """The week of the address, else this one. At most six queries of its own, however much is planned."""
    today = clock.local_day(current_act().now)
    monday = _monday(request.args.get("vecka", ""), today)
    scope = where(Capability.SEE_PLAN)
    chips = board_chips(scope, staff_id=this_staff().id, monday=monday)
    rows = _with_foreign(board_places(scope, on=monday), chips)
    off = closed_days(monday, place_ids=[place.id for place in rows])
    filters = Filters(*(_number(request.args.get(name, "")) for name in ("plats", "ledare", "aktivitet")))
    shown = [chip for chip in chips if _fits(chip, filters)]
    days = _days(monday, chips)
    return render_template(
        "desk/board.html",
        monday=monday,
        today=today,
        days=days,
        rows=[_row(place, days, shown, off) for place in rows if filters.place in (None, place.id)],
        chips=shown,
        look=_look,
        initials=_initials,
        filters=filters,
        choices=_choices(rows, chips),
        weeks={word: url_for("desk.board", **_query(filters, monday + step)) for word, step in _STEPS.items()},
        this_week=url_for("desk.board", **_query(filters, None)),
        previous=monday - _WEEK,
        following=monday + _WEEK,
        may_plan=may(this_staff().posts, Capability.PLAN),
        bus_row=BUS_ROW,
    )


_STEPS = {"previous": -_WEEK, "following": _WEEK}


def _monday(text: str, today: dt.date) -> dt.date:
    """The Monday of the week of a day, or of "2026-W48"; this week's for anything else."""
    try:
        found = clock.monday_of(dt.date.fromisoformat(text))
    except ValueError:
        return clock.monday_of(today)
    return found if clock.FIRST_DAY + _WEEK < found < clock.LAST_DAY - 2 * _WEEK else clock.monday_of(today)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _fits(chip: Chip, filters: Filters) -> bool:
    return (
        filters.place in (None, chip.row)
        and filters.activity in (None, chip.activity_id)
        and (filters.trainer is None or filters.trainer in {number for number, _ in chip.trainers})
    )


def _with_foreign(rows: list[BoardPlace], chips: list[Chip]) -> list[BoardPlace]:
    """The rows, and those of places outside the scope where something of it is held."""
    known = {place.id for place in rows}
    foreign = {chip.row: chip.place_name for chip in chips if chip.row not in known}
    return [*rows, *(BoardPlace(number, "" if number == BUS_ROW else name) for number, name in foreign.items())]


def _days(monday: dt.date, chips: list[Chip]) -> list[dt.date]:
    """Monday to Saturday; Sunday, too, when something is held then."""
    days = [monday + dt.timedelta(days=number) for number in range(7)]
    return days if any(chip.day == days[6] for chip in chips) else days[:6]


def _row(place: BoardPlace, days: list[dt.date], chips: list[Chip], off: dict[tuple[int | None, dt.date], str]) -> Row:
    here = [chip for chip in chips if chip.row == place.id]
    return Row(
        place,
        [
            (day, [chip for chip in here if chip.day == day], off.get((place.id, day)) or off.get((None, day), ""))
            for day in days
        ],
    )


def _look(chip: Chip) -> tuple[str, str, str]:
    """The class of a chip, its state in words, and its numbers: colour alone says nothing."""
    count = f"{chip.seated}/{chip.seats}"
    if chip.is_off:
        return "off", gettext("Called off"), str(chip.seated)
    if chip.state is SlotState.DRAFT:
        return "draft", gettext("Draft"), count
    if chip.admission is Admission.DROP_IN:
        return "free", gettext("No booking needed"), "–"
    if chip.queued:
        return "queue", gettext("Queue"), f"{chip.seated}+{chip.queued}"
    free = chip.seats - chip.seated
    if free <= 0:
        return "full", gettext("Full"), count
    is_few = free <= max(FEW, chip.seats * FEW_SHARE)
    return ("few", gettext("Few seats"), count) if is_few else ("open", gettext("Seats left"), count)


def _initials(name: str) -> str:
    """Tove Ek is TE."""
    return "".join(part[0] for part in name.split()[:3]).upper()


def _choices(rows: list[BoardPlace], chips: list[Chip]) -> dict[str, list[tuple[int, str]]]:
    """What the week can be narrowed to."""
    trainers = {number: name for chip in chips for number, name in chip.trainers}
    activities = {chip.activity_id: chip.title for chip in chips}
    return {
        "plats": [(place.id, place.name or gettext("The bokbuss")) for place in rows],
        "ledare": sorted(trainers.items(), key=lambda one: one[1]),
        "aktivitet": sorted(activities.items(), key=lambda one: one[1]),
    }


def _query(filters: Filters, monday: dt.date | None) -> dict[str, Any]:
    """The address's query for another week with the same filters."""
    values = {"vecka": monday, "plats": filters.place, "ledare": filters.trainer, "aktivitet": filters.activity}
    return {name: str(value) for name, value in values.items() if value is not None}
