"""Who leads a meeting and with what: standings of an assignment, what a meeting needs, who could step in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from booking.kernel.refusal import N_, Refused
from booking.trainers.rules import thing_key


class AssignmentStanding(StrEnum):
    """ASKED: staff planned it and the trainer has not answered. ENDED has an AssignmentEnd."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    ENDED = "ended"


class EndKind(StrEnum):
    """By which act a trainer stopped leading a meeting."""

    TAKEN_OFF = "taken_off"  # by staff
    GIVEN_UP = "given_up"  # by the trainer
    REPLACED = "replaced"  # somebody else leads instead


class OfferStanding(StrEnum):
    """What became of a trainer's question whether another one would lead instead."""

    OPEN = "open"
    TAKEN = "taken"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class NoSuchOffer(Refused):
    message = N_("The question does not exist any more.")


class OfferClosed(Refused):
    message = N_("That has been answered already, or the meeting has changed.")


class NotToYourself(Refused):
    message = N_("Choose somebody else.")
    field = "trainer"


class NoSuchAssignment(Refused):
    message = N_("The assignment does not exist any more.")


class AssignmentEnded(Refused):
    message = N_("The trainer does not lead this meeting any more.")


class LeadsAlready(Refused):
    message = N_("%(trainer)s leads this meeting already.")
    field = "trainer"


class ReasonMissing(Refused):
    message = N_("Write a reason. Only staff read it.")
    field = "reason"


class TouchedOtherwise(Refused):
    message = N_("Something has changed meanwhile: other meetings are touched. Look at the list again.")


class KitTakenAlready(Refused):
    message = N_("%(kit)s is reserved for this meeting already.")
    field = "kit"


class KitRetired(Refused):
    message = N_("%(kit)s is out of use. Choose another kit.")
    field = "kit"


_NEED = re.compile(r"(?P<thing>.+):(?P<number>[1-9][0-9]{0,3})")


@dataclass(frozen=True)
class Need:
    """So many of a thing for a full group. `key` is what is compared."""

    thing: str
    number: int

    @property
    def key(self) -> str:
        return thing_key(self.thing)


def needs_of(equipment: str) -> list[Need]:
    """What an activity needs, read from "thing:number;thing:number", in that order; what has no number is left out."""
    found = (_NEED.fullmatch(part.strip()) for part in equipment.split(";"))
    return [Need(match["thing"].strip(), int(match["number"])) for match in found if match]


@dataclass(frozen=True, kw_only=True)
class FreeKit:
    """A kit that no other meeting has at the time, and the minutes it travels to the place."""

    id: int
    thing_key: str
    pieces: int
    travel_minutes: int


def choose_kits(
    needs: Sequence[Need], kits: Iterable[FreeKit], *, has: Mapping[str, int]
) -> tuple[list[int], list[Need]]:
    """The kits to take, nearest first and among those the one that leaves least over, and what is still missing.

    `has` says how many of each thing (by key) the meeting has already.
    """
    free = sorted(kits, key=lambda kit: (kit.travel_minutes, kit.id))
    chosen: list[int] = []
    missing: list[Need] = []
    for need in needs:
        left = need.number - has.get(need.key, 0)
        candidates = [kit for kit in free if kit.thing_key == need.key]
        while left > 0 and candidates:
            nearest = [kit for kit in candidates if kit.travel_minutes == candidates[0].travel_minutes]
            kit = min(nearest, key=lambda one: (one.pieces < left, abs(one.pieces - left), one.id))
            candidates.remove(kit)
            chosen.append(kit.id)
            left -= kit.pieces
        if left > 0:
            missing.append(Need(need.thing, left))
    return chosen, missing
