"""The calendars of trainers and of libraries' desks, by their secret addresses, and where staff get these."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking import settings
from booking.accounts import queries as links
from booking.accounts import services as accounts
from booking.accounts.current import current_act
from booking.accounts.guards import holds_secret, requires, this_staff, where
from booking.accounts.queries import LivingLink
from booking.accounts.rules import FEED_LIVES, Purpose
from booking.accounts.rules.roles import Capability, may
from booking.calendars import queries
from booking.calendars.queries import FollowedPlace
from booking.calendars.rules import ICS, desk_event, led_event
from booking.calendars.views.blueprint import answer, bp, tagged, whole_or_nothing
from booking.calendars.views.family import CACHE
from booking.calendars.views.speaking import site, staff_words, words
from booking.kernel.ical import Calendar, calendar_bytes, event_bytes
from booking.places.rules import PlaceKind
from booking.trainers import queries as trainers
from booking.web.forms import BaseForm
from booking.web.language import current_language
from booking.web.texts import gettext


@bp.get("/ledare/<token>.ics")
@whole_or_nothing
@holds_secret(Purpose.TRAINER_FEED)
def trainer(link: LivingLink) -> ResponseReturnValue:
    """What one trainer leads. Counts of who comes, and nobody's name. A closed account is as a wrong address."""
    found = queries.of_trainer(int(link.subject), language=current_language(), now=current_act().now)
    if found is None:
        abort(404)
    said, own = words(), staff_words()
    mine = gettext("My assignments")
    head = Calendar(name=f"{mine} – {settings.current().organisation_name}", url=f"{site()}/personal/uppdrag")
    body = calendar_bytes(head, [event_bytes(led_event(entry, said, own)) for entry in found])
    return answer(tagged(body, changed_at=None), media_type=ICS.media_type, filename="uppdrag.ics", cache=CACHE)


@bp.get("/disk/<token>.ics")
@whole_or_nothing
@holds_secret(Purpose.DESK_FEED)
def desk(link: LivingLink) -> ResponseReturnValue:
    """All slots of one place, drafts too, with counts. A closed account is as a wrong address."""
    staff_id, _, place_id = link.subject.partition(":")
    found = queries.of_desk(int(staff_id), int(place_id), language=current_language(), now=current_act().now)
    if found is None:
        abort(404)
    name, entries = found
    said, own = words(), staff_words()
    at_desk = gettext("%(place)s, for staff", place=name)
    head = Calendar(name=f"{at_desk} – {settings.current().organisation_name}", url=f"{site()}/personal")
    body = calendar_bytes(head, [event_bytes(desk_event(entry, said, own)) for entry in entries])
    return answer(tagged(body, changed_at=None), media_type=ICS.media_type, filename="pass.ics", cache=CACHE)


class OwnFeed(NamedTuple):
    """A calendar as its owner sees it."""

    url: str
    webcal_url: str
    last_used_on: dt.date | None


class Listed(NamedTuple):
    """A calendar that one has, or could have. `made` None: no address yet."""

    name: str
    url: str
    made: links.OwnLink | None


@bp.get("/personal/kalender")
@requires(Capability.SEE_PLAN)
def own_calendars() -> ResponseReturnValue:
    """The calendars that one has, and those that one could have. `plats` leads to that place's."""
    now, staff = current_act().now, this_staff()
    places = queries.places_seen(where(Capability.SEE_PLAN))
    wanted = next((place for place in places if place.slug == request.args.get("plats")), None)
    if wanted:
        return redirect(url_for("calendars.desk_calendar", slug=wanted.slug), 303)
    made = links.own_of_each(Purpose.DESK_FEED, [_at_desk(place.id) for place in places], now=now)
    bound = {post.place_id for post in staff.posts}
    rows = [
        Listed(place.name, url_for("calendars.desk_calendar", slug=place.slug), made.get(_at_desk(place.id)))
        for place in places
        if _at_desk(place.id) in made or place.id in bound
    ]
    if may(staff.posts, Capability.LEAD) and trainers.of_staff(staff.id):
        own = links.own(Purpose.TRAINER_FEED, str(staff.id), now=now)
        rows.insert(0, Listed(gettext("My assignments"), url_for("calendars.trainer_calendar"), own))
    groups = [
        (gettext("Libraries"), [place for place in places if place.kind is not PlaceKind.STOP]),
        (gettext("Stops of the bokbuss"), [place for place in places if place.kind is PlaceKind.STOP]),
    ]
    return render_template("calendars/own.html", rows=rows, groups=[group for group in groups if group[1]])


@bp.route("/personal/kalender/uppdrag", methods=["GET", "POST"])
@requires(Capability.LEAD)
def trainer_calendar() -> ResponseReturnValue:
    """The address of one's own assignments. POST: a first one, or a new one in whose place the old one ends at once."""
    _trainer_or_404()
    return _feed_page(
        Purpose.TRAINER_FEED, str(this_staff().id), gettext("My assignments"), "ledare", "trainer_calendar"
    )


@bp.route("/personal/kalender/uppdrag/avstangning", methods=["GET", "POST"])
@requires(Capability.LEAD)
def end_trainer_calendar() -> ResponseReturnValue:
    """No address any more. Twice is once."""
    _trainer_or_404()
    return _end(Purpose.TRAINER_FEED, str(this_staff().id), url_for("calendars.trainer_calendar"))


@bp.route("/personal/kalender/plats/<slug>", methods=["GET", "POST"])
@requires(Capability.SEE_PLAN)
def desk_calendar(slug: str) -> ResponseReturnValue:
    """The address of a place's slots, for oneself alone. POST as in one's own assignments."""
    place = _place_or_404(slug)
    return _feed_page(Purpose.DESK_FEED, _at_desk(place.id), place.name, "disk", "desk_calendar", slug=slug)


@bp.route("/personal/kalender/plats/<slug>/avstangning", methods=["GET", "POST"])
@requires(Capability.SEE_PLAN)
def end_desk_calendar(slug: str) -> ResponseReturnValue:
    """No address any more. Twice is once."""
    place = _place_or_404(slug)
    return _end(Purpose.DESK_FEED, _at_desk(place.id), url_for("calendars.desk_calendar", slug=slug))


def _feed_page(
    purpose: Purpose, subject: str, name: str, path: str, endpoint: str, **values: Any
) -> ResponseReturnValue:
    form = BaseForm()
    here = url_for(f"calendars.{endpoint}", **values)
    if form.validate_on_submit():
        act = current_act()
        accounts.renew(purpose, subject, ends_at=act.now + FEED_LIVES, act=act)
        return redirect(here, 303)
    found = links.own(purpose, subject, now=current_act().now)
    page = render_template(
        "calendars/own_feed.html",
        name=name,
        feed=found and _own_feed(purpose, found, path),
        form=form,
        here=here,
        end_url=url_for(f"calendars.end_{endpoint}", **values),
    )
    return page, form.status


def _own_feed(purpose: Purpose, found: links.OwnLink, path: str) -> OwnFeed:
    url = f"{site()}/{path}/{accounts.token_of(purpose, found.nonce)}.ics"
    return OwnFeed(url, "webcal:" + url.partition(":")[2], found.last_used_on)


def _end(purpose: Purpose, subject: str, here: str) -> ResponseReturnValue:
    form = BaseForm()
    if request.method == "POST":
        if not form.validate_on_submit():
            abort(400)
        accounts.revoke(purpose, subject, act=current_act())
    return redirect(here, 303)


def _at_desk(place_id: int) -> str:
    """The subject of one's link to a place's calendar."""
    return f"{this_staff().id}:{place_id}"


def _trainer_or_404() -> None:
    if trainers.of_staff(this_staff().id) is None:
        abort(404)


def _place_or_404(slug: str) -> FollowedPlace:
    seen = queries.places_seen(where(Capability.SEE_PLAN))
    return next((place for place in seen if place.slug == slug), None) or abort(404)
