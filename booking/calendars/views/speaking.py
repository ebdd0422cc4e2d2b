"""What feeds and files say in the page's language, and what their addresses begin with."""

from __future__ import annotations

import datetime as dt
from functools import partial

from booking import settings
from booking.calendars.rules import OwnWords, StaffWords, Words
from booking.calendars.rules.staff import KitLine
from booking.kernel import clock
from booking.programme.queries import BUS, ONLINE, Area, Search
from booking.programme.rules import ActivityKind
from booking.web import filters
from booking.web.language import current_language
from booking.web.texts import gettext, ngettext


def site() -> str:
    """What this language's addresses begin with. From the settings, never from the request's Host (requirement G7)."""
    return settings.current().site(current_language())


def words() -> Words:
    """What entries say around the data."""
    language = current_language()
    return Words(
        site=site(),
        called_off=gettext("CALLED OFF"),
        opening=gettext("Booking opens"),
        adult_stays=gettext("An adult stays with the child"),
        bring=gettext("Bring"),
        drop_in=gettext("Drop in: come when it suits you, no booking is needed."),
        group=gettext("For a booked group"),
        book=gettext("Read more and book"),
        read=gettext("Read more"),
        kinds={
            ActivityKind.WORKSHOP: gettext("Workshop"),
            ActivityKind.COURSE: gettext("Course"),
            ActivityKind.LECTURE: gettext("Lecture"),
            ActivityKind.SEMINAR: gettext("Seminar"),
        },
        ages=partial(filters.age_span, language),
        place=partial(filters.place_words, language),
        when=partial(_when, language),
    )


def own_words() -> OwnWords:
    """What a family's own entries say beside them."""
    return OwnWords(
        cancelled=gettext("CANCELLED BY YOU"),
        queued=gettext("In the queue"),
        queued_note=gettext("You are in the queue for this. We write to you if you get seats."),
    )


def name_of(search: Search, area: Area | None) -> str:
    """What a calendar program lists the feed as: the filters that a reader knows by sight, else "All workshops"."""
    age = filters.age_span(current_language(), search.age, search.age) if search.age is not None else ""
    pieces = [piece for piece in (_area_words(area), age, search.text) if piece]
    return " · ".join(pieces) or (gettext("Workshops") if search.filters() else gettext("All workshops"))


def _area_words(area: Area | None) -> str:
    if area is None:
        return ""
    return {BUS: gettext("The bokbuss"), ONLINE: gettext("Online")}.get(area.choice.value, area.choice.name)


def _when(language: str, starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    return (
        f"{filters.day_date(language, clock.local_day(starts_at))} {filters.clock_span(language, starts_at, ends_at)}"
    )


def staff_words() -> StaffWords:
    """What the calendars of trainers and desks say."""
    language = current_language()

    def at(moment: dt.datetime) -> str:
        return filters.clock_time(language, moment)

    def kit(line: KitLine) -> str:
        where = "" if line.is_here else gettext("stands at %(place)s", place=line.at_name)
        who = gettext("%(name)s brings it", name=line.brought_by) if line.brought_by else ""
        told = ", ".join(piece for piece in (where, who) if piece)
        return f"{line.name} ({told})" if told else line.name

    def taken(seated: int, seats: int, queued: int) -> str:
        said = gettext("%(seated)s of %(seats)s seats are taken.", seated=seated, seats=seats)
        queue = ngettext("%(num)s party in the queue.", "%(num)s parties in the queue.", queued)
        return f"{said} {queue}" if queued else said

    return StaffWords(
        site=site(),
        over=gettext("NOT YOURS ANY MORE"),
        asked=gettext("CAN YOU?"),
        draft=gettext("DRAFT"),
        leave=lambda name, moment, minutes: gettext(
            "Leave %(place)s %(time)s, %(minutes)s minutes on the road.", place=name, time=at(moment), minutes=minutes
        ),
        prepare=lambda moment: gettext("Prepare from %(time)s.", time=at(moment)),
        clear=lambda moment: gettext("All is cleared away %(time)s.", time=at(moment)),
        children=lambda number: ngettext("%(num)s child has a seat.", "%(num)s children have seats.", number),
        taken=taken,
        kit=kit,
        equipment=gettext("Equipment"),
        led_by=lambda names: gettext("Led by %(names)s.", names=filters.listed(language, names)),
        nobody=gettext("Nobody leads it yet."),
        read=gettext("Read more"),
    )
