"""A term as full as a region's: five thousand slots and two hundred trainers, put straight into the database."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import insert

from booking.kernel.period import WallPeriod
from booking.programme.models import Assignment, Competence, Meeting, SeatPool, Slot
from booking.programme.rules import ActivityKind, Admission, SlotState
from booking.store import db
from booking.store.engine import WRITING, session
from booking.trainers.models import Trainer
from tests.programme.world import NOW, activity, library, wall

SLOTS, TRAINERS = 5_000, 200


def fill_term(*, first_id: int = 1) -> list[int]:
    """Five thousand slots of a term, numbered from `first_id`, and two hundred trainers who lead two of three of them;
    the trainers' numbers."""
    place_id, activity_id = library().id, activity().id
    session().rollback()
    ids = list(range(1, TRAINERS + 1))
    leaders = [{"id": one, "name": f"Ledare {one:03}", "sort_key": f"{one:03}", "changed_at": NOW} for one in ids]
    competences = [{"trainer_id": one, "kind": ActivityKind.WORKSHOP} for one in ids]
    first = wall("2026-10-05 08:00")
    walls = [
        WallPeriod(start, start + dt.timedelta(minutes=60))
        for start in (
            first + dt.timedelta(days=7 * (n % 12) + n // 12 % 5, minutes=75 * (n // 60 % 7)) for n in range(SLOTS)
        )
    ]
    slots, pools, meetings, assignments = [], [], [], []
    for number, one in enumerate(walls, first_id):
        period = one.instants()
        times = {"starts_at": period.starts, "ends_at": period.ends}
        slots.append(
            {
                "id": number,
                "activity_id": activity_id,
                "place_id": place_id,
                "state": SlotState.PUBLISHED,
                "admission": Admission.BOOKING,
                "opens_at": NOW,
                "closes_at": period.starts,
                "adult_stays": False,
                "changed_at": NOW,
                **times,
            }
        )
        pools.append({"slot_id": number, "seats": 12})
        meetings.append(
            {
                "id": number,
                "slot_id": number,
                "place_id": place_id,
                "starts_local": one.starts,
                "ends_local": one.ends,
                "uid": secrets.token_hex(16),
                "changed_at": NOW,
                **times,
            }
        )
    free: dict[tuple[dt.datetime, int], bool] = {}
    for number, one in enumerate(walls, first_id):
        leader = ids[(number * 7) % TRAINERS]
        if number % 3 and free.setdefault((one.starts, leader), True):
            free[one.starts, leader] = False
            period = one.instants()
            assignments.append(
                {
                    "meeting_id": number,
                    "trainer_id": leader,
                    "starts_at": period.starts,
                    "ends_at": period.ends,
                    "standing": "accepted",
                    "holds": True,
                    "uid": secrets.token_hex(16),
                    "assigned_at": NOW,
                    "changed_at": NOW,
                }
            )
    with db.engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        connection.execute(insert(Trainer), leaders)
        connection.execute(insert(Competence), competences)
        for model, rows in ((Slot, slots), (SeatPool, pools), (Meeting, meetings), (Assignment, assignments)):
            connection.execute(insert(model), rows)
    assert len(assignments) > 2_000
    return ids
