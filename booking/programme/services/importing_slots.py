"""Slots out of a spreadsheet, row by row; what a row's names mean is asked by `queries.importing`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from booking.kernel import cells, table
from booking.kernel.act import Act
from booking.kernel.table import BadTable, Column, Fault, needed, optional
from booking.programme.models import Slot
from booking.programme.rules.importing import (
    MOST_SLOTS_ROWS,
    PREVIEW_LIVES,
    AlreadyPlanned,
    NoRows,
    SlotRow,
    TooManyMeetings,
)
from booking.programme.rules.plans import SlotPlan
from booking.programme.services.series import plan_all
from booking.store import audit, writes
from booking.store.audit import AuditEntry
from booking.store.engine import session
from booking.store.locks import hold

_VERB = "import_slots"


# The first line's words, for people who plan in Swedish: what each holds, and whether it must be there.
COLUMNS: dict[str, Column[Any]] = {
    "aktivitet": needed(cells.text(120)),
    "ställe": needed(cells.text(120)),
    "datum": needed(cells.day),
    "börjar": needed(cells.clock_time),
    "slutar": optional(cells.clock_time, always=False),
    "klubb": optional(cells.text(60), default="", always=False),
    "lokal": optional(cells.text(120), default="", always=False),
    "ledare": optional(cells.text(400), default="", always=False),
    "utrustning": optional(cells.text(400), default="", always=False),
    "platser": optional(cells.whole(1, 1000), always=False),
    "från ålder": optional(cells.whole(0, 25), always=False),
    "till ålder": optional(cells.whole(0, 25), always=False),
    "bokning öppnar": optional(cells.moment, always=False),
    "publicera": optional(cells.yes_no, default=False, always=False),
}


def read_slots(raw: bytes) -> list[SlotRow]:
    """The rows of a CSV or XLSX file, in its order. Raises BadTable with every fault, its line and its column."""
    rows = table.read(raw, columns=COLUMNS, into=_row, key=None)
    if not rows:
        raise BadTable([Fault(1, "", NoRows())])
    if len(rows) > MOST_SLOTS_ROWS:
        raise BadTable([Fault(rows[MOST_SLOTS_ROWS].line, "", TooManyMeetings(limit=MOST_SLOTS_ROWS))])
    return rows


@writes
def import_slots(plans: Sequence[SlotPlan], *, key: str, act: Act, accepting: str = "") -> list[Slot]:
    """Plan what a spreadsheet wished for, all or nothing. `key` is the preview's own: the same once more is refused.

    Raises AlreadyPlanned and what `plan_all` raises; nothing is planned then.
    """
    subject = f"import:{key}"
    hold(subject)
    done = select(AuditEntry.id).where(
        AuditEntry.verb == _VERB, AuditEntry.subject == subject, AuditEntry.at > act.now - 2 * PREVIEW_LIVES
    )
    if session().scalar(done.limit(1)) is not None:
        raise AlreadyPlanned
    slots = plan_all(plans, act=act, accepting=accepting)
    audit(_VERB, subject, act=act)
    return slots


def _row(*, line: int, **values: Any) -> SlotRow:
    return SlotRow(
        line=line,
        activity=values["aktivitet"],
        place=values["ställe"],
        day=values["datum"],
        begins=values["börjar"],
        ends=values["slutar"],
        club=values["klubb"],
        room=values["lokal"],
        trainers=_names(values["ledare"]),
        kits=_names(values["utrustning"]),
        seats=values["platser"],
        age_min=values["från ålder"],
        age_max=values["till ålder"],
        opens=values["bokning öppnar"],
        is_published=bool(values["publicera"]),
    )


def _names(cell: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in cell.split(",") if name.strip())
