"""What the tests of subscriptions share: instants around the hour of digests, people who follow something, links."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from booking.accounts import services as accounts
from booking.accounts.models import Link
from booking.accounts.rules import Purpose
from booking.kernel.act import Act, Actor, ActorKind
from booking.outbox.models import Letter
from booking.programme import services as planning
from booking.programme.models import Slot
from booking.programme.rules import SlotState
from booking.store.engine import session
from booking.subscriptions import services
from booking.subscriptions.models import OpeningWish, Subscriber, Subscription
from booking.subscriptions.rules import Wish
from tests.builders import local, make_slot

# Monday of week 48 in 2026: asked in the morning, published at noon, told at five.
MORNING, NOON, FIVE = (local(f"2026-11-23 {clock}") for clock in ("09:00", "12:00", "17:00"))
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
SAMIRA, ROLF, KARIN = "samira@example.org", "rolf@example.org", "karin@example.org"


def act(at: dt.datetime = MORNING, kind: ActorKind = ActorKind.PUBLIC) -> Act:
    return Act(Actor(kind), at)


def ask(email: str = SAMIRA, *, at: dt.datetime = MORNING, language: str = "sv", **wish: Any) -> Subscription:
    """Ask for letters; the subscription as it stands, the newest of the address."""
    services.ask(email, wish=Wish(**wish), language=language, act=act(at))
    session().rollback()
    return session().scalars(select(Subscription).order_by(Subscription.id.desc())).first() or missing()


def follow(email: str = SAMIRA, *, at: dt.datetime = MORNING, language: str = "sv", **wish: Any) -> str:
    """Ask and say yes; the subscription's code."""
    ref = ask(email, at=at, language=language, **wish).ref
    services.confirm(ref, language=language, act=act(at))
    return ref


def publish(*, at: dt.datetime = NOON, **more: Any) -> Slot:
    """A slot that was a draft until `at`."""
    slot = make_slot(state=SlotState.DRAFT, **more)
    planning.publish(slot.id, act=act(at, ActorKind.STAFF))
    return slot


def tick(at: dt.datetime = FIVE) -> None:
    """What the worker does at that minute."""
    session().rollback()
    services.tick(act(at, ActorKind.SYSTEM))


def letters(kind: str | None = None, *, to: str | None = None) -> list[Letter]:
    """The letters of a kind of this room, oldest first."""
    session().rollback()
    found = session().scalars(select(Letter).order_by(Letter.id), execution_options={"populate_existing": True})
    return [
        letter
        for letter in found
        if kind in (None, letter.kind.removeprefix("subscriptions/")) and to in (None, letter.recipient)
    ]


def told(letter: Letter) -> list[int]:
    """The numbers of the slots that a letter names, in its order."""
    return [int(slot["path"].rpartition("/")[2]) for slot in letter.payload["slots"]]


def subscribers() -> list[Subscriber]:
    session().rollback()
    return list(session().scalars(select(Subscriber).order_by(Subscriber.id)))


def subscriptions() -> list[Subscription]:
    session().rollback()
    return list(session().scalars(select(Subscription).order_by(Subscription.id)))


def openings() -> list[OpeningWish]:
    session().rollback()
    return list(session().scalars(select(OpeningWish).order_by(OpeningWish.id)))


def link_in(letter: Letter, name: str = "link") -> str:
    """The path of a letter's link."""
    link = letter.payload[name]
    address = accounts.address_of(Purpose(link["purpose"]), bytes.fromhex(link["nonce"]), language=letter.language)
    return urlsplit(address).path


def links() -> list[Link]:
    session().rollback()
    return list(session().scalars(select(Link).order_by(Link.id)))


def subscriber_links(at: dt.datetime) -> list[str]:
    """The paths of links to the newest subscription's question, to all of its subscriber's, and of the one that ends
    them."""
    wish, subscriber = subscriptions()[-1], subscribers()[-1]
    subjects = {
        Purpose.CONFIRM: wish.ref,
        Purpose.SUBSCRIPTION: subscriber.ref,
        Purpose.UNSUBSCRIBE: subscriber.ref,
    }
    drawn = [accounts.draw(purpose, ref, ends_at=at + DAY, act=act(at)) for purpose, ref in subjects.items()]
    accounts.store_all(drawn)
    return [urlsplit(accounts.address_of(link.purpose, link.nonce, language="sv")).path for link in drawn]


def missing() -> Any:
    raise AssertionError("nothing was kept")
