"""Who leads in the demo and with what: invented trainers, and kits for what the workshops need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from booking.trainers.rules import Away, Work

# So far ahead slots have trainers and kits; what lies further off is still to be seen to.
WEEKS_STAFFED = 4
# So far ahead the trainers have said yes.
DAYS_ANSWERED = 14
# Each so-manieth meeting is still without a trainer, and the needs of one later on are not packed yet.
OPEN_EVERY = 7

_AFTERNOONS = (1, 2, 3, 4, 5)


def _work(starts: str, ends: str, *weekdays: int) -> tuple[Work, ...]:
    return tuple(Work(weekday, dt.time.fromisoformat(starts), dt.time.fromisoformat(ends)) for weekday in weekdays)


@dataclass(frozen=True, kw_only=True)
class Leader:
    """A trainer: first name, home place, working hours, and the slugs of what they can lead; none: every workshop."""

    name: str
    home: str
    hours: tuple[Work, ...] = ()
    leads: tuple[str, ...] = ()
    has_account: bool = False


LEADERS = (
    Leader(
        name="Tove",
        home="stadsbiblioteket",
        hours=(*_work("12:00", "19:30", 1, 2, 3), *_work("09:00", "19:30", 4), *_work("09:00", "15:00", 6)),
        has_account=True,
    ),
    Leader(
        name="Alma",
        home="ahus",
        hours=(*_work("13:00", "18:30", *_AFTERNOONS), *_work("09:00", "14:00", 6)),
        leads=(
            "robotlek-blue-bot",
            "rorliga-sagor-scratchjr",
            "ozobot-fargkoder",
            "bananpiano-makey-makey",
            "forsta-spelet-scratch",
            "kodklubben",
        ),
    ),
    Leader(
        name="Viggo",
        home="tollarp",
        hours=_work("13:00", "18:00", *_AFTERNOONS),
        leads=("forsta-spelet-scratch", "namnskylt-microbit", "spelverkstad-scratch", "programmera-utan-skarm"),
    ),
    Leader(
        name="Nour",
        home="gamlegarden",
        hours=(*_work("12:00", "18:00", 2, 3, 5), *_work("09:00", "15:00", 6)),
        leads=(
            "digitala-sagorummet",
            "rorliga-sagor-scratchjr",
            "robotlek-blue-bot",
            "programmera-utan-skarm",
            "prova-pa-drop-in",
        ),
    ),
    Leader(
        name="Sigrid",
        home="fjalkinge",
        hours=(*_work("13:00", "19:30", 3, 4), *_work("09:00", "15:00", 6)),
        leads=("ozobot-fargkoder", "namnskylt-microbit", "bygg-robot-lego", "bygg-med-kod-minecraft"),
    ),
    Leader(name="Ture", home="stadsbiblioteket", leads=("robotstund-pa-bussen", "microbit-pa-bussen")),
)


class Box(NamedTuple):
    """A kit: its name, so many of what, and where it is at home."""

    name: str
    thing: str
    pieces: int
    home: str


BOXES = (
    Box("Blue-Bot 1", "Blue-Bot", 6, "stadsbiblioteket"),
    Box("Blue-Bot 2", "Blue-Bot", 6, "ahus"),
    Box("Pilkort", "Pilkort", 6, "stadsbiblioteket"),
    Box("Ozobot 1", "Ozobot", 6, "stadsbiblioteket"),
    Box("Ozobot 2", "Ozobot", 6, "fjalkinge"),
    Box("Surfplattor 1", "Surfplatta", 10, "stadsbiblioteket"),
    Box("Surfplattor 2", "Surfplatta", 10, "gamlegarden"),
    Box("Datorvagnen", "Bärbar dator", 15, "stadsbiblioteket"),
    Box("Datorväskan", "Bärbar dator", 12, "tollarp"),
    Box("micro:bit 1", "micro:bit", 12, "stadsbiblioteket"),
    Box("micro:bit 2", "micro:bit", 12, "norra-asum"),
    Box("Makey Makey", "Makey Makey", 6, "stadsbiblioteket"),
    Box("Legorobotar", "Legorobotsats", 6, "stadsbiblioteket"),
    Box("Projektorn", "Projektor", 1, "gamlegarden"),
)

# Who is away, from how many days on and how long.
_AWAY = ("Alma", 9, 3)


def absence(today: dt.date) -> tuple[str, Away]:
    """Who is away, and when."""
    name, ahead, days = _AWAY
    first = today + dt.timedelta(days=ahead)
    return name, Away(first, first + dt.timedelta(days=days - 1))


def is_left_open(place: int, staffed: Collection[int]) -> bool:
    """Whether the meeting at this place in the row of `staffed` gets no trainer yet; the very first one has one."""
    return len(staffed) > OPEN_EVERY and place % OPEN_EVERY == OPEN_EVERY - 1
