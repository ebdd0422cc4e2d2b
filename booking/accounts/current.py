"""The act of this web request, and who of the staff makes it: found once, at the edge."""

from __future__ import annotations

from dataclasses import replace

from flask import g, session

from booking.accounts.queries import staff as queries
from booking.accounts.rules import limits
from booking.accounts.services import signing_in
from booking.kernel.act import Act, Actor, ActorKind, act_now

STAFF = "staff"


def current_act() -> Act:
    """Who asks, when. The same object during the whole request, so that one page has one "now".

    On a page whose guard asks for it, the act is the staff member's. Public pages look at no cookie, so that they can
    be kept for everybody: there a librarian is one of the public.
    """
    if "act" not in g:
        g.act = act_now(Actor(ActorKind.PUBLIC), request_id=g.get("request_id", ""))
    act: Act = g.act
    return act


def current_staff() -> queries.SignedIn | None:
    """Who is signed in, half or wholly; None for everybody else. One query, at the first call. From then on the act is
    theirs, unless the code is still to come."""
    if "staff" not in g:
        token = session.get(STAFF)
        g.staff = queries.by_session(token, now=current_act().now) if isinstance(token, str) else None
        if g.staff and not g.staff.is_half:
            g.act = replace(current_act(), actor=Actor(ActorKind.STAFF, str(g.staff.id)))
            if g.act.now - g.staff.seen_at >= limits.SEEN_EVERY:
                signing_in.note_seen(g.staff.session_id, act=g.act)
    staff: queries.SignedIn | None = g.staff
    return staff


def remember(made: signing_in.NewSession) -> None:
    """Give this browser a session just made. What it was before is forgotten, the token of its forms too (E2)."""
    session.pop("csrf_token", None)
    session[STAFF] = made.token


def forget() -> None:
    """Take this browser's session away; families' links stay."""
    session.pop("csrf_token", None)
    session.pop(STAFF, None)
