"""The list of slots and the page of a slot. Public: no session, no cookie, so that everybody may keep a copy."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from booking import settings
from booking.accounts.current import current_act
from booking.accounts.guards import public
from booking.kernel import clock
from booking.programme import queries
from booking.programme.queries import Reader, View
from booking.programme.views.blueprint import bp
from booking.web.language import current_language

PAGES = {View.LIST: "programme/list.html", View.WEEK: "programme/week.html", View.DAY: "programme/day.html"}


@bp.get("/pass")
@public
def slots() -> ResponseReturnValue:
    """Every coming slot that the query finds, as a list, a week or a day.

    A form sends its empty fields too: that leads on to the address without them, which is the one to share.
    """
    given = list(request.args.items(multi=True))
    chosen = [(name, value) for name, value in given if value.strip()]
    if len(chosen) < len(given):
        return redirect(f"{request.script_root}/pass{'?' if chosen else ''}{urlencode(chosen)}")
    reading = queries.read(request.args)
    found = queries.listing(reading, site=_site(), now=current_act().now, reader=_reader())
    return render_template(PAGES[reading.search.view], **vars(found))


@bp.get("/pass/<int:slot_id>")
@public
def slot(slot_id: int) -> ResponseReturnValue:
    """Everything about one slot. A draft and a number that does not exist give the same 404 (requirement D3)."""
    now = current_act().now
    found = queries.slot_page(slot_id, now=now, reader=_reader())
    if found is None:
        abort(404)
    address = f"{_site()}/pass/{slot_id}"
    return render_template(
        "programme/slot.html",
        slot=found,
        json_ld=queries.event(found, url=address, organiser=settings.current().organisation_name),
        share_url=address,
        today=clock.local_day(now),
    )


def _reader() -> Reader:
    return Reader(current_language(), request.script_root)


def _site() -> str:
    """What public addresses begin with in this language. From the settings, never from the request's Host."""
    return settings.current().site(current_language())
