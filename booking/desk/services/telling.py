"""Letters to those who lead and plan. None tells why anybody is away (requirement G11), nor who comes to a meeting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from booking.accounts.queries import addressees
from booking.accounts.queries.addressees import Addressee
from booking.accounts.rules.roles import Capability
from booking.desk.queries import telling as facts
from booking.desk.queries.telling import Told
from booking.kernel.act import Act, ActorKind
from booking.outbox import services as outbox
from booking.outbox.services import NewLetter

ASKED, RELIEVED, UNLED, SWAP, SWAPPED = "desk/asked", "desk/relieved", "desk/unled", "desk/swap", "desk/swapped"
Facts = dict[str, Any]


def meeting(found: Told, **more: Any) -> Facts:
    """A meeting as a payload carries it."""
    return {
        "title": {"sv": found.title_sv, "en": found.title_en or found.title_sv},
        "starts_at": found.starts_at.isoformat(),
        "ends_at": found.ends_at.isoformat(),
        "place_name": found.place_name,
        "slot_id": found.slot_id,
        **more,
    }


def tell_trainers(kind: str, payloads: Mapping[int, Facts], *, about: Iterable[Told], act: Act) -> None:
    """One letter of this kind to each of these trainers, by number, who has an open account and is not the actor.

    Three statements at most. `about`: the meetings told of, after whose end the letter is of no use.
    """
    accounts = facts.accounts_of(payloads.keys())
    people = addressees.addressees(accounts.values())
    last = max(one.ends_at for one in about)
    outbox.enqueue_all(
        [
            NewLetter(
                kind=kind,
                to=people[staff_id].email,
                language=people[staff_id].language,
                subject=f"trainer:{trainer_id}",
                payload=payloads[trainer_id],
                not_after=last,
            )
            for trainer_id, staff_id in accounts.items()
            if staff_id in people and not _is_actor(people[staff_id], act)
        ],
        act=act,
    )


def tell_planners(meetings: Sequence[Told], *, act: Act) -> None:
    """One letter to everybody who plans at the places of these meetings, which have no trainer, but not to the actor.

    One query for each place.
    """
    lists: dict[int, list[Facts]] = {}
    people: dict[int, Addressee] = {}
    here: dict[tuple[int, int], list[Addressee]] = {}
    for one in meetings:
        key = one.owner_id, one.organisation_id
        if key not in here:
            here[key] = addressees.who_may(Capability.PLAN, place_id=key[0], organisation_id=key[1])
        for person in here[key]:
            people[person.staff_id] = person
            lists.setdefault(person.staff_id, []).append(meeting(one))
    outbox.enqueue_all(
        [
            NewLetter(
                kind=UNLED,
                to=person.email,
                language=person.language,
                subject=f"staff:{person.staff_id}",
                payload={"meetings": lists[person.staff_id]},
                not_after=max(one.ends_at for one in meetings),
            )
            for person in _others(people.values(), act)
        ],
        act=act,
    )


def _others(people: Iterable[Addressee], act: Act) -> list[Addressee]:
    return [person for person in people if not _is_actor(person, act)]


def _is_actor(person: Addressee, act: Act) -> bool:
    """Whoever does it knows it."""
    return act.actor.kind is ActorKind.STAFF and act.actor.ref == str(person.staff_id)
