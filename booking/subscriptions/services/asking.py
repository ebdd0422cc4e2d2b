"""Asking for letters, saying yes, changing and ending: what a subscriber does."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, exists, func, select

from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.kernel import clock
from booking.kernel.act import Act
from booking.outbox import services as outbox
from booking.settings import current
from booking.store import audit, writes
from booking.store.engine import session
from booking.store.locks import hold
from booking.subscriptions import queries, rules
from booking.subscriptions.models import Subscriber, Subscription
from booking.subscriptions.rules import Wish
from booking.subscriptions.services import keys, telling

CHUNK = 500
_REF_BYTES = 12


@writes
def ask(email: str, *, wish: Wish, language: str, act: Act) -> None:
    """Keep a wish and mail its address a link that confirms it. Says nothing of what it found.

    Who follows that already gets the link to what they follow. At most 3 letters an hour and 10 a day for one address
    (requirement L5); beyond that nothing is kept either, so nobody can fill a stranger's list.
    """
    address = keys.address_key(email)
    hold(f"subscriber:{address}")  # while there is no row to lock
    asking = select(Subscriber).where(Subscriber.address_key == address).with_for_update()
    known = session().scalars(asking, execution_options={"populate_existing": True}).one_or_none()
    # To the address as it was first written: the limit then holds in whatever case it is typed.
    to = known.email if known else email
    if not outbox.may_send(telling.CONFIRM, to, an_hour=rules.AN_HOUR, a_day=rules.A_DAY, act=act):
        return
    subscriber = known or _new_subscriber(email, address, language=language, act=act)
    asked = _asked(subscriber, wish, act=act)
    is_known = asked.confirmed_at is not None
    purpose, opened, lives = (
        (Purpose.SUBSCRIPTION, subscriber.ref, rules.LINK_LIVES)
        if is_known
        else (Purpose.CONFIRM, asked.ref, rules.UNCONFIRMED_LIVES)
    )
    link = accounts.draw(purpose, opened, ends_at=act.now + lives, act=act)
    accounts.store(link)
    outbox.enqueue(
        telling.CONFIRM,
        to=to,
        language=language,
        subject=f"subscription:{asked.id}",
        payload={
            "known": is_known,
            "wish": telling.wish_facts(wish, today=clock.local_day(act.now)),
            "link": link.for_letter,
        },
        act=act,
        not_after=act.now + rules.UNCONFIRMED_LIVES,
    )
    audit("ask", f"subscription:{asked.id}", act=act)


@writes
def confirm(ref: str, *, language: str, act: Act) -> int:
    """Say yes to a wish; the number of a link to all that its subscriber follows. Twice is once.

    Letters come in `language` from now on. Raises NoSuchWish, TooManyWishes.
    """
    subscriber, wish = _locked(ref)
    if wish.confirmed_at is None:
        confirmed = _confirmed(subscriber)
        if confirmed >= rules.WISHES_PER_ADDRESS:
            raise rules.TooManyWishes(limit=rules.WISHES_PER_ADDRESS)
        wish.confirmed_at = act.now
        subscriber.language = language
        if not confirmed:
            subscriber.told_on = rules.last_round(act.now, hour=current().digest_hour)
        session().flush()  # the state before the audit row that tells of it
        audit("confirm", f"subscription:{wish.id}", act=act)
    link = accounts.draw(Purpose.SUBSCRIPTION, subscriber.ref, ends_at=act.now + rules.LINK_LIVES, act=act)
    return accounts.store(link)


@writes
def change(ref: str, *, owners: Sequence[str], wish: Wish, language: str, act: Act) -> None:
    """Follow something else instead. `owners` are the codes of the subscribers who ask. Raises NoSuchWish, SameWish."""
    subscriber, changed = _locked(ref, owners=owners)
    key = keys.wish_key(subscriber.address_key, wish)
    same = session().scalars(select(Subscription).where(Subscription.wish_key == key)).one_or_none()
    if same is not None and same is not changed:
        if same.confirmed_at:
            raise rules.SameWish
        session().delete(same)  # asked for once more: this is the yes
        session().flush()
    subscriber.language = language
    if same is changed:
        return
    changed.area, changed.age, changed.wish_key = wish.area, wish.age, key
    changed.told_until = act.now  # what is there already stands in the list
    session().flush()
    audit("change", f"subscription:{changed.id}", act=act)


@writes
def end(ref: str, *, owners: Sequence[str], act: Act) -> None:
    """Follow this no longer; with the last one the address goes too. Raises NoSuchWish."""
    subscriber, ended = _locked(ref, owners=owners)
    session().delete(ended)
    session().flush()
    audit("end", f"subscription:{ended.id}", act=act)
    if not _confirmed(subscriber):
        _forget([subscriber])


@writes
def end_all(owners: Sequence[str], *, act: Act) -> None:
    """No more digests to these subscribers: their addresses and wishes are deleted, what waits in the outbox too.
    Twice is once."""
    asked = select(Subscriber).where(Subscriber.ref.in_(owners)).order_by(Subscriber.id).with_for_update()
    found = list(session().scalars(asked, execution_options={"populate_existing": True}))
    for subscriber in found:
        audit("end_all", f"subscriber:{subscriber.id}", act=act)
    _forget(found)


@writes
def forget_unconfirmed(*, act: Act) -> int:
    """Delete wishes that nobody confirmed in seven days, and addresses that are left without any; how many wishes."""
    forgotten = queries.is_forgotten(now=act.now)
    asked = (
        select(Subscriber.id)
        .where(exists().where(Subscription.subscriber_id == Subscriber.id, *forgotten))
        .order_by(Subscriber.id)
        .limit(CHUNK)
        .with_for_update()
    )
    numbers = list(session().scalars(asked))
    if not numbers:
        return 0
    gone = session().execute(
        delete(Subscription)
        .where(Subscription.subscriber_id.in_(numbers), *forgotten)
        .returning(Subscription.id)
        .execution_options(synchronize_session=False)
    )
    count = len(gone.all())
    session().execute(
        delete(Subscriber)
        .where(Subscriber.id.in_(numbers), ~exists().where(Subscription.subscriber_id == Subscriber.id))
        .execution_options(synchronize_session=False)
    )
    audit("forget_unconfirmed", "subscriptions", act=act)
    return count


def _new_subscriber(email: str, address: str, *, language: str, act: Act) -> Subscriber:
    made = Subscriber(ref=act.new_code(_REF_BYTES).hex(), email=email, address_key=address, language=language)
    session().add(made)
    session().flush()
    return made


def _asked(subscriber: Subscriber, wish: Wish, *, act: Act) -> Subscription:
    """The subscriber's wish as a row: the one there is, whose seven days begin anew, or a new one."""
    key = keys.wish_key(subscriber.address_key, wish)
    row = session().scalars(select(Subscription).where(Subscription.wish_key == key)).one_or_none()
    if row is None:
        row = Subscription(
            ref=act.new_code(_REF_BYTES).hex(),
            subscriber_id=subscriber.id,
            area=wish.area,
            age=wish.age,
            wish_key=key,
            asked_at=act.now,
            told_until=act.now,
        )
        session().add(row)
    elif row.confirmed_at is None:
        row.asked_at = act.now
    session().flush()
    return row


def _locked(ref: str, *, owners: Sequence[str] | None = None) -> tuple[Subscriber, Subscription]:
    """A wish and its subscriber, both locked; `owners` None: whoever it belongs to. Raises NoSuchWish."""
    asked = (
        select(Subscriber, Subscription)
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .where(Subscription.ref == ref)
        .with_for_update()
    )
    if owners is not None:
        asked = asked.where(Subscriber.ref.in_(owners))
    row = session().execute(asked, execution_options={"populate_existing": True}).one_or_none()
    if row is None:
        raise rules.NoSuchWish
    return row[0], row[1]


def _confirmed(subscriber: Subscriber) -> int:
    """How many wishes the subscriber has said yes to. One query."""
    return (
        session().scalar(
            select(func.count()).where(
                Subscription.subscriber_id == subscriber.id, Subscription.confirmed_at.is_not(None)
            )
        )
        or 0
    )


def _forget(subscribers: Sequence[Subscriber]) -> None:
    """Delete subscribers with all their wishes, and take back the digests that have not gone yet."""
    for subscriber in subscribers:
        outbox.withdraw(telling.DIGEST, subscriber.email)
    numbers = [subscriber.id for subscriber in subscribers]
    for rows in (
        delete(Subscription).where(Subscription.subscriber_id.in_(numbers)),
        delete(Subscriber).where(Subscriber.id.in_(numbers)),
    ):
        session().execute(rows.execution_options(synchronize_session=False))
    session().expire_all()
