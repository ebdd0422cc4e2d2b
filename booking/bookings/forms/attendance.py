"""What is filled in at the door."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField

from booking.bookings.queries.attendance import Roll, RollChild
from booking.bookings.rules.attendance import (
    MOST_HEADS,
    MOST_MARKS,
    AgeGroup,
    Heads,
    KeyUsed,
    Mark,
    Presence,
    Stamp,
    Turnout,
    WalkIn,
)
from booking.web.forms import BaseForm, HiddenKey, NameField, WholeNumberField
from booking.web.texts import L_

AGES = {"low": 0, "high": 99}
KEY = re.compile(r"[0-9a-f]{32}")


def _heads(group: AgeGroup, label: Any) -> Any:
    return WholeNumberField(
        label,
        name=f"antal-{group}",
        required=False,
        low=0,
        high=MOST_HEADS,
        render_kw={"autocomplete": "off", "size": 3},
    )


class AttendanceForm(BaseForm):
    """The whole list: a choice for each child, and how many were counted.

    Beside each field stands what the page showed ("sag-…"): only what differs from it was chosen by who sends the form,
    so a page that has been open for long takes back nobody else's marks.
    """

    form_key = HiddenKey(name="nyckel")
    to_3 = _heads(AgeGroup.TO_3, L_("0–3 years"))
    to_6 = _heads(AgeGroup.TO_6, L_("4–6 years"))
    to_9 = _heads(AgeGroup.TO_9, L_("7–9 years"))
    to_12 = _heads(AgeGroup.TO_12, L_("10–12 years"))
    to_15 = _heads(AgeGroup.TO_15, L_("13–15 years"))
    to_18 = _heads(AgeGroup.TO_18, L_("16–18 years"))
    adults = _heads(AgeGroup.ADULT, L_("Adults in the room"))

    def __init__(self, roll: Roll, *, refused: BaseForm | None = None, **kwargs: Any) -> None:
        """`refused`: the other form of the page, whose errors the page shows instead."""
        self._roll = roll
        super().__init__(data={field: roll.heads.get(group) for field, group in FIELDS.items()}, **kwargs)
        self.form_errors += [text for _, text in refused.error_list] if refused else []
        self.counts = [self[field] for field in FIELDS if field != "adults"]

    def chosen(self, child: int, presence: Presence | None) -> str:
        """What is chosen for a child: as it was sent, else as it is."""
        now = presence.value if presence else ""
        sent: Mapping[str, str] = self.sent() or {}
        return sent.get(_choice(child), now)

    def turnout(self, *, now: dt.datetime) -> Turnout:
        """What whoever sends the form has changed."""
        sent: Mapping[str, str] = self.sent() or {}
        marks = []
        for child in self._roll.children:
            chosen, seen = sent.get(_choice(child.id), ""), sent.get(f"sag-{child.id}", "")
            if sent.get("rensa") == str(child.id):
                marks.append(Mark(child.id, None, self._stamp("none", now=now)))
            elif chosen != seen and chosen in list(Presence):
                marks.append(Mark(child.id, Presence(chosen), self._stamp(chosen, now=now)))
        heads = []
        for field, group in FIELDS.items():
            count = self[field].data
            if self[field].raw_data and ("" if count is None else str(count)) != sent.get(f"sag-antal-{group}", ""):
                heads.append(Heads(group, count, self._stamp(str(count), now=now)))
        return Turnout(tuple(marks), tuple(heads))

    def _stamp(self, what: str, *, now: dt.datetime) -> Stamp:
        """The same form sent twice marks once; one that was gone back to and changed marks anew (requirement A10)."""
        return Stamp(now, f"{self.form_key.data}-{what}")


FIELDS = dict(zip(("to_3", "to_6", "to_9", "to_12", "to_15", "to_18", "adults"), AgeGroup, strict=True))


def _choice(child: int) -> str:
    return f"narvaro-{child}"


class WalkInForm(BaseForm):
    """Somebody without a booking; the name may stay at home."""

    form_key = HiddenKey(name="nyckel")
    name = NameField(L_("First name or nickname"), name="namn", required=False, render_kw={"autocomplete": "off"})
    age = WholeNumberField(
        L_("Age"), name="alder", required=False, render_kw={"autocomplete": "off", "size": 3}, **AGES
    )

    def turnout(self, *, now: dt.datetime) -> Turnout:
        """The one child."""
        return Turnout(walk_ins=(self.walk_in(Stamp(now, str(self.form_key.data))),))

    def walk_in(self, stamp: Stamp) -> WalkIn:
        """The child as written, once the form is valid."""
        age: Any = self.age.data  # a whole number or None, whatever the text field that it is made of says
        return WalkIn(self.name.data or "", age, stamp)

    def begin_anew(self, key: str) -> None:
        """The key is used: say so, and let the same form be sent for another child."""
        self.form_key.data = key
        self.refuse(KeyUsed())


class ArrivalForm(BaseForm):
    """A party that has come: one button."""

    form_key = HiddenKey(name="nyckel")

    def __init__(self, party: Sequence[RollChild], **kwargs: Any) -> None:
        self._party = party
        super().__init__(**kwargs)

    def turnout(self, *, now: dt.datetime) -> Turnout:
        """Everybody of the party is here."""
        stamp = Stamp(now, str(self.form_key.data))
        return Turnout(tuple(Mark(child.id, Presence.PRESENT, stamp) for child in self._party))


class UndoForm(BaseForm):
    """What was marked under a key, to be taken back."""

    form_key = HiddenField(name="nyckel")

    def key(self) -> str | None:
        """The key; None for what cannot be one."""
        return str(self.form_key.data) if KEY.fullmatch(str(self.form_key.data)) else None


class LendForm(BaseForm):
    """Which meeting's list is lent."""

    meeting = HiddenField(name="traff")


class SyncForm(BaseForm):
    """What a phone has kept while it was without network, as JSON: a list of {key, at, kind, about, value}."""

    marks = HiddenField(name="marken")

    def turnout(self) -> Turnout | None:
        """What was sent; None when a phone cannot have sent it."""
        try:
            sent = json.loads(self.marks.data or "")
            if not isinstance(sent, list) or len(sent) > MOST_MARKS:
                return None
            return _together([_read(one) for one in sent])
        except (ValueError, TypeError, KeyError, OverflowError):
            return None


def _together(read: list[Mark | Heads | WalkIn]) -> Turnout:
    return Turnout(
        tuple(one for one in read if isinstance(one, Mark)),
        tuple(one for one in read if isinstance(one, Heads)),
        tuple(one for one in read if isinstance(one, WalkIn)),
    )


def _read(one: dict[str, Any]) -> Mark | Heads | WalkIn:
    """One mark. Raises ValueError, TypeError or KeyError, Refused for a name that is none."""
    if not KEY.fullmatch(one["key"]):
        raise ValueError("no key")
    # JavaScript's clock counts milliseconds since 1970.
    stamp = Stamp(dt.datetime.fromtimestamp(int(one["at"]) / 1000, dt.UTC), one["key"])
    kind, about, value = one["kind"], one["about"], one["value"]
    if kind == "child":
        return Mark(int(about), Presence(value) if value else None, stamp)
    if kind == "heads":
        heads = None if value == "" else int(value)
        if heads is not None and not 0 <= heads <= MOST_HEADS:
            raise ValueError("too many heads")
        return Heads(AgeGroup(about), heads, stamp)
    if kind == "walk-in":
        form = WalkInForm(MultiDict({"namn": str(about), "alder": str(value)}))
        if not (form.name.validate(form) and form.age.validate(form)):
            raise ValueError("no name or age")
        return form.walk_in(stamp)
    raise ValueError("no such mark")
