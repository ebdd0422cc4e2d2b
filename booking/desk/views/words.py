"""What the desk calls things."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from booking.accounts.queries.trail import Done
from booking.kernel.act import ActorKind
from booking.programme.rules.clashes import ClashKind
from booking.programme.rules.leading import AssignmentStanding
from booking.programme.rules.seats import Limit
from booking.web.texts import N_, gettext

_LIMITS = {
    Limit.SEATS: N_("as many as staff have opened"),
    Limit.ROOM: N_("the room takes no more"),
    Limit.KITS: N_("the kits are enough for no more"),
    Limit.TRAINERS: N_("the trainers can take no more"),
}
_CLASHES = {
    ClashKind.TRAINER_HURRIED: N_("Little time for the trainer between two meetings"),
    ClashKind.ROOM_HURRIED: N_("Little time in the room between two meetings"),
    ClashKind.KIT_HURRIED: N_("Little time to carry the kit between two meetings"),
    ClashKind.OUTSIDE_WORK: N_("Outside the trainer's working hours"),
    ClashKind.NO_COMPETENCE: N_("The trainer is not noted to be able to lead it"),
    ClashKind.CLOSED_THAT_DAY: N_("The place is closed that day"),
    ClashKind.OUTSIDE_HOURS: N_("Outside the opening hours"),
    ClashKind.PUBLIC_HOLIDAY: N_("A public holiday"),
    ClashKind.SCHOOL_BREAK: N_("A school break"),
    ClashKind.DAY_OFF: N_("A day that staff have noted"),
    ClashKind.KIT_MISSING: N_("Too little equipment"),
}
_STANDINGS = {AssignmentStanding.ASKED: N_("has not answered"), AssignmentStanding.ACCEPTED: N_("has accepted")}
_VERBS = {
    "plan": N_("Planned it"),
    "publish": N_("Published it"),
    "call_off": N_("Called it off"),
    "call_off_meeting": N_("Called off a meeting"),
    "move_meeting": N_("Moved a meeting"),
    "undo_call_off": N_("Undid calling it off"),
    "undo_call_off_meeting": N_("Undid calling off a meeting"),
    "undo_move": N_("Undid moving a meeting"),
    "hold_after_all": N_("Held it after all"),
    "hold_meeting_after_all": N_("Held a meeting after all"),
    "assign": N_("Asked a trainer"),
    "accept": N_("Accepted to lead"),
    "give_up": N_("Gave up leading"),
    "take_off": N_("Took a trainer off"),
    "substitute": N_("Changed the trainer"),
    "replace_or_release": N_("Arranged for a trainer's absence"),
    "reserve_kits": N_("Reserved equipment"),
    "return_kit": N_("Gave equipment back"),
    "change_seats": N_("Changed the seats"),
    "promote": N_("Gave seats to who waited"),
    "look_whom_to_ring": N_("Looked at whom to ring"),
    "write_to_families": N_("Wrote to the families"),
    "take_back_message": N_("Took a message to the families back"),
}
_ACTORS = {
    ActorKind.PUBLIC: N_("A visitor"),
    ActorKind.FAMILY: N_("A family"),
    ActorKind.STAFF: N_("Staff"),
    ActorKind.SYSTEM: N_("The program"),
}


class Line(NamedTuple):
    """A line of the audit trail in words. A verb that has no words stands as it is kept."""

    at: dt.datetime
    who: str
    what: str


def line(done: Done) -> Line:
    what = _VERBS.get(done.verb)
    return Line(done.at, done.name or gettext(_ACTORS[done.actor_kind]), gettext(what) if what else done.verb)


def limits() -> dict[str, str]:
    """What keeps a slot from taking more."""
    return {limit.value: gettext(said) for limit, said in _LIMITS.items()}


def clashes() -> dict[str, str]:
    """Warnings that somebody went ahead against."""
    return {kind.value: gettext(said) for kind, said in _CLASHES.items()}


def standings() -> dict[str, str]:
    """Whether a trainer has answered."""
    return {standing.value: gettext(said) for standing, said in _STANDINGS.items()}
