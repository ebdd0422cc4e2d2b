"""The start of planning: what is coming at one's places, what of it wants a hand, and the ways to plan more."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, this_staff, where
from booking.accounts.rules.roles import Capability
from booking.kernel import clock, text
from booking.programme import queries
from booking.programme.forms.planning import place_groups, ways
from booking.programme.queries import planning as asked
from booking.programme.queries.planning import Filter, Wants
from booking.programme.views.blueprint import bp


@bp.get("/personal/planering")
@requires(Capability.PLAN)
def planning() -> ResponseReturnValue:
    """Coming slots of one's places, fifty a page. What cannot be read of the address counts as not said."""
    scope, staff_id, act = where(Capability.PLAN), this_staff().id, current_act()
    today = clock.local_day(act.now)
    narrowed, page = _filter(), _number("sida") or 1
    found = asked.coming(scope, staff_id=staff_id, narrowed=narrowed, page=page, now=act.now, today=today)
    return render_template(
        "programme/planning.html",
        found=found,
        overview=asked.overview(scope, staff_id=staff_id, now=act.now, today=today),
        narrowed=narrowed,
        places=place_groups(queries.places_within(scope, on=today)),
        activities=[(str(one.id), one.title_sv) for one in queries.activities()],
        page=page,
        previous_url=_page(page - 1) if page > 1 else "",
        next_url=_page(page + 1) if page * asked.PAGE < found.total else "",
    )


@bp.get("/personal/planering/ny")
@requires(Capability.PLAN)
def planning_ways() -> ResponseReturnValue:
    """Which activity, and how: the form that follows holds the activity's own values."""
    return ways_page()


def ways_page() -> ResponseReturnValue:
    """The choice, also where an address of a form names no activity that there is."""
    today = clock.local_day(current_act().now)
    return render_template(
        "programme/planning_ways.html",
        activities=[(str(one.id), one.title_sv) for one in queries.activities(on=today)],
        ways=ways(),
    )


def _filter() -> Filter:
    wants = request.args.get("visa", "")
    series = request.args.get("serie", "")
    return Filter(
        place_id=_number("var"),
        activity_id=_number("aktivitet"),
        wants=Wants(wants) if wants in list(Wants) else Wants.ALL,
        series=series if len(series) <= 64 and series.isalnum() else "",
    )


def _number(name: str) -> int | None:
    return text.whole_number(request.args.get(name, "")) or None


def _page(number: int) -> str:
    kept = {name: value for name, value in request.args.items() if value and name != "sida"}
    return f"{url_for('programme.planning')}?{urlencode({**kept, 'sida': number})}"
