"""What leading took, month by month: for those who plan, and as a file for whoever pays."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from flask import render_template, request
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, where
from booking.accounts.rules.roles import Capability
from booking.kernel import clock
from booking.kernel.period import Period
from booking.kernel.sheet import Cell, Sheet, SheetKind
from booking.programme.queries.assignments import led_between
from booking.programme.rules.errands import Spent, spent
from booking.programme.views.blueprint import bp
from booking.trainers import queries as trainers_of
from booking.web.sheets import sent
from booking.web.texts import gettext


class Row(NamedTuple):
    """A trainer's month. `has_home` False: the roads from and to home are not known and not counted."""

    name: str
    spent: Spent
    has_home: bool


@bp.get("/personal/timmar")
@requires(Capability.PLAN)
def hours() -> ResponseReturnValue:
    """The month that `manad` names, this one unless it makes sense. Seven queries, however many trainers."""
    first = _month()
    rows = _rows(first)
    whole = sum((row.spent for row in rows), Spent())
    return render_template(
        "programme/hours.html",
        first=first,
        rows=rows,
        whole=whole,
        before=_name(first - dt.timedelta(days=1)),
        after=_name(_next(first)),
        month=_name(first),
    )


@bp.get("/personal/timmar/fil.<sheet:kind>")
@requires(Capability.PLAN)
def hours_file(kind: SheetKind) -> ResponseReturnValue:
    """The same as a file."""
    first = _month()
    columns = [
        gettext("Trainer"),
        gettext("Month"),
        gettext("Meetings"),
        gettext("Leading, hours"),
        gettext("Preparing, hours"),
        gettext("On the road, hours"),
        gettext("Together, hours"),
    ]
    cells: list[list[Cell]] = [
        [row.name, _name(first), row.spent.meetings, *(round(one / _HOUR, 2) for one in _parts(row.spent))]
        for row in _rows(first)
    ]
    sheet = Sheet(name=gettext("Hours %(month)s", month=_name(first)), columns=columns, rows=cells)
    return sent(sheet, kind, name=f"timmar-{_name(first)}", made_at=current_act().now)


_HOUR = dt.timedelta(hours=1)


def _parts(found: Spent) -> tuple[dt.timedelta, ...]:
    return found.leading, found.preparing, found.travelling, found.whole


def _rows(first: dt.date) -> list[Row]:
    """Who is at home in one's places and leads, or led that month, in the order of names."""
    after = _next(first)
    mine = [one.id for one in trainers_of.trainers_within(where(Capability.PLAN))]
    span = Period(clock.day_start(first), clock.day_start(after))
    # A meeting counts in the month in which it begins.
    return [
        Row(facts.name, spent([one for one in led if one.day.month == first.month], home=facts.home), bool(facts.home))
        for facts, led in led_between(mine, first, after, span=span)
        if led or facts.left_on is None or facts.left_on > first
    ]


def _month() -> dt.date:
    """The first day of the month that was asked for."""
    told = request.args.get("manad", "")
    found = _MONTH.fullmatch(told)
    if found and clock.FIRST_DAY.year < int(found[1]) < clock.LAST_DAY.year - 1 and 1 <= int(found[2]) <= 12:
        return dt.date(int(found[1]), int(found[2]), 1)
    return clock.local_day(current_act().now).replace(day=1)


_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


def _next(first: dt.date) -> dt.date:
    return (first + dt.timedelta(days=31)).replace(day=1)


def _name(day: dt.date) -> str:
    return f"{day:%Y-%m}"
