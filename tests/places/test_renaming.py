"""A renamed library changes every feed and every letter from then on, and nothing else (G11, J7). On both databases."""

from __future__ import annotations

import datetime as dt
from email import message_from_bytes, policy
from typing import Any

import pytest
import time_machine
from flask import Flask

from booking.bookings import services as bookings
from booking.kernel.clock import to_local
from booking.kernel.period import WallPeriod
from booking.outbox import services as outbox
from booking.outbox.models import Letter
from booking.outbox.rules import LetterState
from booking.outbox.services import deliver_due
from booking.places import services
from booking.places.models import Place
from booking.places.services.keeping import facts_of
from booking.store.engine import session
from tests import builders
from tests.bookings.world import NOW, SAMIRA, MadeSlot, act_at, book, database_dump, make_slot, rows, value, wishes
from tests.builders import make_place
from tests.calendars.world import events
from tests.subscriptions import world as subscriptions
from tests.support.calendar_model import Postbox

LATER = NOW + dt.timedelta(hours=1)
OLD, NEW = "Åhus bibliotek", "Östra kulturhuset"


@pytest.fixture
def slot(app: Flask) -> MadeSlot:
    """A workshop at Åhus; a library elsewhere bears the name, too."""
    found = make_slot()
    make_place("ahus-skola", OLD, locality="Annanstans")
    return found


def rename(place_id: int, name: str = NEW) -> None:
    services.rename(place_id, name=name, act=act_at(LATER))


def place_of(slot: MadeSlot) -> int:
    return int(value("SELECT place_id FROM slots WHERE id = :id", id=slot.id))


def mailed(now: dt.datetime = LATER) -> list[str]:
    post = Postbox()
    deliver_due(post, act=act_at(now), stopwatch=lambda: 0.0)
    return [_words(letter.content) for letter in post.letters]


def _words(content: bytes) -> str:
    """All that stands in a letter, its invitation with the lines unfolded."""
    parts = [
        part.get_content()
        for part in message_from_bytes(content, policy=policy.default).walk()
        if not part.is_multipart()
    ]
    texts = [part.decode() if isinstance(part, bytes) else str(part) for part in parts]
    return "\n".join(texts).replace("\r\n ", "").replace("\n ", "").replace("\\,", ",")


def feed(app: Flask, path: str) -> dict[str, Any]:
    with app.app_context():
        return events(app.test_client().get(path))


def test_every_feed_tells_the_new_name_and_each_entry_stays_the_same(app: Flask, slot: MadeSlot) -> None:
    paths = ("/bibliotek/ahus.ics", "/pass.ics", f"/pass/{slot.id}.ics", "/en/bibliotek/ahus.ics")
    at = builders.NOW + dt.timedelta(hours=1)
    with time_machine.travel(at, tick=False):
        before = [feed(app, path) for path in paths]
        services.rename(place_of(slot), name=NEW, act=builders.act(now=at))
        after = [feed(app, path) for path in paths]

    for old, new in zip(before, after, strict=True):
        assert old.keys() == new.keys() != set()
        for uid, entry in new.items():
            assert OLD in str(old[uid]["LOCATION"])
            assert str(entry["LOCATION"]).startswith(NEW)
            assert entry["SEQUENCE"] == old[uid]["SEQUENCE"]
            assert entry["DTSTART"] == old[uid]["DTSTART"]
            assert (entry["LAST-MODIFIED"].dt, entry["DTSTAMP"].dt) == (at, at)
            assert old[uid]["LAST-MODIFIED"].dt < at


def test_nobody_is_mailed_and_nothing_but_the_place_and_what_waits_changes(app: Flask, slot: MadeSlot) -> None:
    book(slot, wishes(SAMIRA))
    mailed()
    before = database_dump()

    rename(place_of(slot))

    after = database_dump()
    assert {table for table in after if after[table] != before[table]} == {"audit_entries", "feed_state", "places"}
    assert mailed() == []


def test_a_letter_that_waits_tells_the_new_name_also_in_its_invitation(app: Flask, slot: MadeSlot) -> None:
    book(slot, wishes(SAMIRA))

    rename(place_of(slot))

    (letter,) = mailed()
    assert NEW in letter
    assert OLD not in letter
    assert value("SELECT count(*) FROM letters WHERE kind = 'bookings/seated'") == 1


def test_a_letter_about_a_move_never_calls_a_new_name_a_new_place(app: Flask, slot: MadeSlot) -> None:
    """Told to nobody yet, the move is told once, with the name of today on both of its sides."""
    book(slot, wishes(SAMIRA))
    mailed()
    meeting = value("SELECT id FROM meetings")

    def move(hours: int) -> None:
        starts = to_local(NOW + dt.timedelta(days=10, hours=hours)).replace(tzinfo=None)
        bookings.move(meeting, to=WallPeriod(starts, starts + dt.timedelta(hours=1)), act=act_at(LATER))

    move(1)
    rename(place_of(slot))
    move(2)

    (payload,) = [letter.payload for letter in waiting()]
    assert (payload["new_time"], payload["new_place"]) == (True, False)
    assert {payload[side]["place"]["name"] for side in ("was", "now")} == {NEW}


def test_a_letter_about_another_place_of_that_name_stays(app: Flask, slot: MadeSlot) -> None:
    book(slot, wishes(SAMIRA))

    rename(value("SELECT id FROM places WHERE slug = 'ahus-skola'"))

    (letter,) = mailed()
    assert OLD in letter
    assert NEW not in letter


def test_a_worker_that_holds_a_letter_lets_go_of_it(app: Flask, slot: MadeSlot) -> None:
    book(slot, wishes(SAMIRA))
    (held,) = outbox.claim(limit=5, act=act_at(LATER))

    rename(place_of(slot))

    assert rows("SELECT held_by FROM letters WHERE id = :id", id=held.id) == [(None,)]
    (letter,) = mailed()
    assert NEW in letter


def test_a_question_that_waits_asks_about_the_new_name(app: Flask, slot: MadeSlot) -> None:
    subscriptions.ask("karin@example.org", at=LATER, area="ahus")

    rename(place_of(slot))

    (letter,) = mailed()
    assert NEW in letter
    assert OLD not in letter


def test_a_digest_that_waits_tells_the_new_name(app: Flask) -> None:
    subscriptions.follow("karin@example.org")
    slot = subscriptions.publish(place=make_place())
    subscriptions.tick()

    rename(slot.place_id)

    (digest,) = subscriptions.letters("digest")
    (told,) = digest.payload["slots"]
    assert told["place_name"] == NEW


def test_the_same_name_again_touches_no_letter(app: Flask, slot: MadeSlot) -> None:
    book(slot, wishes(SAMIRA))
    before = database_dump()

    place = session().get_one(Place, place_of(slot))
    services.correct(place.id, facts_of(place), act=act_at(LATER))

    assert database_dump() == before


def waiting() -> list[Letter]:
    return [letter for letter in subscriptions.letters() if letter.state is LetterState.WAITING]
