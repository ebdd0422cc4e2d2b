"""Who does something, when, and where its chance comes from: one frozen `Act`, made at the edge."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class ActorKind(StrEnum):
    """What sort of hand did it; the audit trail keeps this word."""

    PUBLIC = "public"
    FAMILY = "family"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Who acts. `ref` says which one without telling a name: a link's number, a user's number, a command's word."""

    kind: ActorKind
    ref: str = ""


@dataclass(frozen=True)
class Act:
    """One act: the actor, the instant (UTC), the source of chance (`new_code(n)` gives n random bytes), the request."""

    actor: Actor
    now: dt.datetime
    new_code: Callable[[int], bytes] = field(default=secrets.token_bytes, repr=False)
    request_id: str = ""


def act_now(actor: Actor, *, request_id: str = "") -> Act:
    """An act at this moment. Only the edges call it: web requests, commands, the worker."""
    return Act(actor=actor, now=dt.datetime.now(dt.UTC), request_id=request_id)


def system_act(word: str) -> Act:
    """An act of the program itself, told apart by the command's word."""
    return act_now(Actor(ActorKind.SYSTEM, word))
