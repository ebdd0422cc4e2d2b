"""What staff can do with one slot: rooms add their pages here, and the slot's own page leads to them.

The page of a slot stands above the rooms whose pages it leads to, so it is told of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Flask, current_app, url_for

from booking.accounts.guards import this_staff
from booking.accounts.rules.roles import Capability, may, scope
from booking.programme import queries
from booking.web.texts import gettext

_KEY = "kodplats.slot_acts"


class SlotAct(NamedTuple):
    """A page about one slot; its address takes `slot_id`. `words` is a msgid. Shown to who has `capability` there."""

    endpoint: str
    words: str
    capability: Capability


class Link(NamedTuple):
    """An act as the page draws it: `plans` what is about the slot, the others are about the families in it."""

    url: str
    words: str
    plans: bool


def offer(app: Flask, *acts: SlotAct) -> None:
    """Put pages on the page of each slot, after those that are there."""
    app.extensions.setdefault(_KEY, []).extend(acts)


def links(slot_id: int) -> list[Link]:
    """The pages that this request's staff member may open for this slot, in the order in which they were offered.

    One query for each scope: most staff have all they may do in one.
    """
    staff = this_staff()
    acts: list[SlotAct] = current_app.extensions.get(_KEY, [])
    scopes = {act.capability: scope(staff.posts, act.capability) for act in acts if may(staff.posts, act.capability)}
    reached = {wide: queries.reaches(slot_id, wide, staff_id=staff.id) for wide in set(scopes.values())}
    here = {capability for capability, wide in scopes.items() if reached[wide]}
    values: dict[str, Any] = {"slot_id": slot_id}
    return [
        Link(url_for(act.endpoint, **values), gettext(act.words), plans=act.capability is Capability.PLAN)
        for act in acts
        if act.capability in here
    ]
