"""What templates need beside plain Jinja: dates, times, states and names in the page's language.

Each filter finds the language in the template's context, where the page's own `language` stands, and asks a cached
function for the words: a list of fifty slots then costs look-ups instead of formatting. Instants come in as aware UTC
datetimes and are shown on a Stockholm clock. Macros that use these filters are imported `with context`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.units import format_unit
from flask import Flask
from flask_babel import force_locale
from jinja2 import pass_context
from jinja2.runtime import Context

from booking.kernel import clock
from booking.web.codes import qr_code
from booking.web.drawings import Drawings
from booking.web.fragments import SlotRows
from booking.web.texts import gettext, ngettext

P = ParamSpec("P")
T = TypeVar("T")
Moment = dt.date | dt.datetime

# British order (25 November, 15:30): the day stands before the month in both languages.
LOCALES = {"sv": Locale("sv"), "en": Locale("en", "GB")}
# "kl." and the hour must not part at a line's end.
CLOCKS = {"sv": ("kl.\N{NO-BREAK SPACE}", "H.mm"), "en": ("", "H:mm")}
SWEDEN = 46
SWEDISH_MOBILE = re.compile(r"\+46(7\d)(\d{3})(\d{2})(\d{2})")
# Enough for a year of list pages in two languages; what falls out is made again.
KEPT = 4096


class SlotLike(Protocol):
    """The part of a slot's row that its state is told from."""

    @property
    def state(self) -> str: ...
    @property
    def free(self) -> int: ...
    @property
    def queued(self) -> int: ...
    @property
    def opens_at(self) -> dt.datetime | None: ...


class Stamp(NamedTuple):
    """The pieces of a date stamp: machine-readable day, spoken date, weekday, number and month."""

    iso: str
    spoken: str
    weekday: str
    number: int
    month: str


def register(app: Flask) -> None:
    """Give the app's templates these filters, the drawings of its static folder, rows of slots and `settings`."""
    environment = app.jinja_env
    drawings = Drawings(Path(app.static_folder or "static") / "img")
    environment.filters.update(FILTERS)
    environment.globals.update(
        qr_code=qr_code,
        sign=drawings.inline,
        sign_sheet=drawings.sheet,
        slot_row=SlotRows(environment).draw,
        settings=app.extensions["kodplats"],
    )


def in_language(words: Callable[Concatenate[str, P], T]) -> Callable[Concatenate[Context, P], T]:
    """Make a filter of a function that takes the language first; the template's context brings it."""

    @pass_context
    @wraps(words)
    def told(context: Context, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return words(str(context["language"]), *args, **kwargs)

    return told


# Days


def day_of(moment: Moment) -> dt.date:
    """The Stockholm date of an instant; a date is itself."""
    return clock.local_day(moment) if isinstance(moment, dt.datetime) else moment


@lru_cache(KEPT)
def long_date(language: str, moment: Moment) -> str:
    """onsdag 25 november 2026"""
    return format_date(day_of(moment), "EEEE d MMMM y", LOCALES[language])


@lru_cache(KEPT)
def day_date(language: str, moment: Moment) -> str:
    """onsdag 25 november, where the year goes without saying"""
    return format_date(day_of(moment), "EEEE d MMMM", LOCALES[language])


@lru_cache(KEPT)
def month_day(language: str, moment: Moment) -> str:
    """25 november"""
    return format_date(day_of(moment), "d MMMM", LOCALES[language])


@lru_cache(KEPT)
def short_day(language: str, moment: Moment) -> str:
    """ons 25 nov, for narrow places that stand beside words"""
    return " ".join([weekday_short(language, moment), str(day_of(moment).day), month_short(language, moment)])


def weekday_short(language: str, moment: Moment) -> str:
    """ons"""
    return str(LOCALES[language].days["stand-alone"]["abbreviated"][day_of(moment).weekday()])


def weekday_name(language: str, number: int) -> str:
    """onsdag for 2: Monday is 0."""
    return str(LOCALES[language].days["stand-alone"]["wide"][number])


def weekday_tag(language: str, number: int) -> str:
    """Ons for 2, where a tag stands alone."""
    return upper_first(str(LOCALES[language].days["stand-alone"]["abbreviated"][number]))


def month_short(language: str, moment: Moment) -> str:
    """nov: three letters, without the full stop that some of the language's abbreviations carry"""
    return str(LOCALES[language].months["stand-alone"]["abbreviated"][day_of(moment).month]).rstrip(".")[:3]


@lru_cache(KEPT)
def stamp(language: str, moment: Moment) -> Stamp:
    """The pieces of the date stamp that stands first in each row."""
    day = day_of(moment)
    return Stamp(
        day.isoformat(), day_date(language, day), weekday_short(language, day), day.day, month_short(language, day)
    )


def iso_week(moment: Moment) -> int:
    """The week number that Swedish calendars show; 2026 has 53."""
    return day_of(moment).isocalendar().week


@lru_cache(KEPT)
def week_heading(language: str, monday: dt.date, today: dt.date) -> str:
    """Den här veckan, Nästa vecka, or the days from Monday to Sunday: 7–13 december."""
    weeks = (monday - clock.monday_of(today)).days // 7
    with force_locale(language):
        if weeks == 0:
            return gettext("This week")
        if weeks == 1:
            return gettext("Next week")
    return span_of_days(language, monday, monday + dt.timedelta(days=6))


@lru_cache(KEPT)
def span_of_days(language: str, first: dt.date, last: dt.date) -> str:
    """7–13 december, or 30 november–6 december when the month turns."""
    begins = str(first.day) if first.month == last.month else month_day(language, first)
    return f"{begins}–{month_day(language, last)}"


# Times


@lru_cache(KEPT)
def clock_time(language: str, moment: dt.datetime | dt.time) -> str:
    """kl. 15.30"""
    sign, pattern = CLOCKS[language]
    return sign + format_time(_wall(moment), pattern, locale=LOCALES[language])


@lru_cache(KEPT)
def clock_span(language: str, start: dt.datetime | dt.time, end: dt.datetime | dt.time) -> str:
    """kl. 15.30–17.00"""
    _, pattern = CLOCKS[language]
    return f"{clock_time(language, start)}–{format_time(_wall(end), pattern, locale=LOCALES[language])}"


def table_clock(moment: dt.datetime | dt.time) -> str:
    """15:30, for tables: the same in each language."""
    return f"{_wall(moment):%H:%M}"


@lru_cache(KEPT)
def duration(language: str, start: dt.datetime, end: dt.datetime) -> str:
    """1 timme 30 minuter"""
    hours, minutes = divmod(int((end - start).total_seconds()) // 60, 60)
    pieces = [(hours, "duration-hour"), (minutes, "duration-minute")]
    return " ".join(format_unit(count, unit, locale=LOCALES[language]) for count, unit in pieces if count)


@lru_cache(KEPT)
def when_phrase(language: str, moment: dt.datetime, today: dt.date) -> str:
    """i dag kl. 9.00, i morgon kl. 9.00, torsdag kl. 9.00 within the week, else 1 december kl. 9.00"""
    day, time = day_of(moment), clock_time(language, moment)
    ahead = (day - today).days
    with force_locale(language):
        if ahead == 0:
            return gettext("today %(time)s", time=time)
        if ahead == 1:
            return gettext("tomorrow %(time)s", time=time)
    named = weekday_name(language, day.weekday()) if 1 < ahead < 7 else month_day(language, day)
    return f"{named} {time}" if day.year == today.year or 1 < ahead < 7 else f"{named} {day.year} {time}"


def _wall(moment: dt.datetime | dt.time) -> dt.time:
    return clock.to_local(moment).time() if isinstance(moment, dt.datetime) else moment


# Words about a slot

STATE_CLASSES = {"closed": "full", "started": "full", "group": "full"}


def state_class(state: str) -> str:
    """The look of a state; those that no longer can be booked look like a full one."""
    return STATE_CLASSES.get(state, state)


def state_words(language: str, slot: SlotLike, today: dt.date) -> str:
    """The state as the public may know it: seats left and the queue's length, never who or how many have booked."""
    if slot.state == "soon" and slot.opens_at is not None:
        return _opens(language, slot.opens_at, today)
    return _state(language, slot.state, slot.free, slot.queued)


@lru_cache(KEPT)
def _opens(language: str, opens_at: dt.datetime, today: dt.date) -> str:
    with force_locale(language):
        return gettext("Opens %(when)s", when=when_phrase(language, opens_at, today))


@lru_cache(KEPT)
def _state(language: str, state: str, free: int, queued: int) -> str:
    with force_locale(language):
        if state in ("open", "few"):
            return ngettext("%(num)s seat left", "%(num)s seats left", free)
        if state == "queue":
            return _queue(free, queued)
        return {
            "full": gettext("Full, the queue too"),
            "off": gettext("Called off"),
            "soon": gettext("Not open yet"),
            "closed": gettext("Booking has closed"),
            "free": gettext("No booking needed"),
            "started": gettext("Has started"),
            "group": gettext("For a booked group"),
        }[state]


def _queue(free: int, queued: int) -> str:
    if free:
        # The free seats are kept for the party that has waited longest.
        return gettext("%(num)s in the queue", num=queued)
    return gettext("Full, %(num)s in the queue", num=queued) if queued else gettext("Full, nobody in the queue")


@lru_cache(KEPT)
def age_span(language: str, youngest: int | None, oldest: int | None) -> str:
    """8–10 år, from 9 år, up to 7 år or all ages."""
    with force_locale(language):
        if youngest is None and oldest is None:
            return gettext("All ages")
        if oldest is None:
            return gettext("From %(age)s years", age=youngest)
        if youngest is None:
            return gettext("Up to %(age)s years", age=oldest)
        return gettext("%(ages)s years", ages=youngest if youngest == oldest else f"{youngest}–{oldest}")


@lru_cache(KEPT)
def meetings(language: str, count: int) -> str:
    """6 träffar"""
    with force_locale(language):
        return ngettext("%(num)s meeting", "%(num)s meetings", count)


@lru_cache(KEPT)
def step_words(language: str, key: str) -> str:
    """The one next step of a row: what its link says."""
    with force_locale(language):
        return {
            "book": gettext("Book a seat"),
            "queue": gettext("Join the queue"),
            "read": gettext("Read more"),
            "others": gettext("See other days"),
        }[key]


@lru_cache(KEPT)
def place_words(language: str, name: str, kind: str) -> str:
    """A place as a row tells it: the bus is named with its stop, the net is the net."""
    with force_locale(language):
        if kind == "stop":
            return gettext("On the bokbuss: %(place)s", place=name)
        if kind == "digital":
            return gettext("Online")
        return name


@lru_cache(KEPT)
def at_place(language: str, name: str, kind: str) -> str:
    """A place inside a sentence: på Åhus bibliotek, i bokbussen vid Yngsjö, skolan, på nätet."""
    with force_locale(language):
        if kind == "stop":
            return gettext("on the bokbuss at %(place)s", place=name)
        if kind == "digital":
            return gettext("online")
        return gettext("at %(place)s", place=name)


# Small things


def listed(language: str, names: Iterable[str]) -> str:
    """Ada, Bo och Cia"""
    return format_list(list(names), locale=LOCALES[language])


def upper_first(text: str) -> str:
    """The first letter large and the rest as it was; Jinja's `capitalize` would make the rest small."""
    return text[:1].upper() + text[1:]


def paragraphs(text: str | None) -> list[str]:
    """Plain text cut at its blank lines."""
    return [piece.strip() for piece in re.split(r"\n\s*\n", text or "") if piece.strip()]


@lru_cache(KEPT)
def tel_href(phone: str) -> str:
    """tel:+46406280401 of 040-628 04 01: a number without country is Swedish."""
    digits = re.sub(r"[^\d+]", "", phone)
    return "tel:" + (digits if digits.startswith("+") else "+46" + digits.removeprefix("0"))


def phone_words(phone: str | None) -> str:
    """070-123 45 67 of +46701234567, +47 22 12 34 56 of +4722123456: as people here write a number, and as a form reads
    it again. What is not E.164 stays as it is; nothing for None.
    """
    swedish = SWEDISH_MOBILE.fullmatch(phone or "")
    return "0{}-{} {} {}".format(*swedish.groups()) if swedish else _dialled(phone) if phone else ""


@lru_cache(KEPT)
def _dialled(phone: str) -> str:
    import phonenumbers  # 100 ms and 10 MB, for the few without a Swedish mobile

    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    formats = phonenumbers.PhoneNumberFormat
    how = formats.NATIONAL if number.country_code == SWEDEN else formats.INTERNATIONAL
    return str(phonenumbers.format_number(number, how))


SPOKEN: tuple[Callable[..., Any], ...] = (
    long_date,
    day_date,
    month_day,
    short_day,
    weekday_name,
    weekday_tag,
    stamp,
    week_heading,
    span_of_days,
    clock_time,
    clock_span,
    duration,
    state_words,
    age_span,
    meetings,
    step_words,
    place_words,
    at_place,
    listed,
)
PLAIN: tuple[Callable[..., Any], ...] = (
    iso_week,
    table_clock,
    state_class,
    upper_first,
    paragraphs,
    tel_href,
    phone_words,
)
FILTERS: dict[str, Callable[..., Any]] = {
    **{words.__name__: in_language(words) for words in SPOKEN},
    **{plain.__name__: plain for plain in PLAIN},
}
