"""The act of this web request: made once, at the edge."""

from __future__ import annotations

from flask import g

from booking.kernel.act import Act, Actor, ActorKind, act_now


def current_act() -> Act:
    """Who asks, when. The same object during the whole request, so that one page has one "now"."""
    if "act" not in g:
        g.act = act_now(Actor(ActorKind.PUBLIC), request_id=g.get("request_id", ""))
    act: Act = g.act
    return act
