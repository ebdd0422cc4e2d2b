"""Who comes: contacts, bookings, participants, cancellations; beside them, who came and what staff wrote."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.accounts.models import Link
from booking.bookings.models.attendance import Attendance, HeadCount, WalkIn
from booking.bookings.models.messages import SlotMessage
from booking.bookings.rules import CallOutcome, Standing, Voice
from booking.programme.models import SeatPool, Slot
from booking.store import Base, Key, enum_column

__all__ = [
    "Attendance",
    "Booking",
    "Cancellation",
    "Contact",
    "Feedback",
    "FeedbackInvitation",
    "HeadCount",
    "Participant",
    "PhoneCall",
    "SlotMessage",
    "WalkIn",
]


class Contact(Base):
    """The adult behind one booking, as given then: nobody who types an address can change what another booking says.

    `address_key`, a keyed hash of the folded e-mail address, ties an adult's bookings together and tells nobody who.
    """

    __tablename__ = "contacts"

    id: Mapped[Key]
    name: Mapped[str]
    email: Mapped[str]
    address_key: Mapped[str] = mapped_column(index=True)
    phone: Mapped[str] = mapped_column(default="")
    language: Mapped[str]


class Booking(Base):
    """One contact's claim on one slot for a party of participants, seated whole or queued whole.

    `form_key` is the form's idempotency key, `form_digest` a keyed hash of what was sent with it. `contact_key` (keyed
    hash of slot and address) is unique while the booking lives and None afterwards; `queue_number` is given under the
    pool's lock; `passed_over` counts the parties seated past it. A child that was added later and had to queue
    is a booking of its own, part of the family's first: every row is one party, seated whole or queued whole.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("adults BETWEEN 0 AND 9", name="adults"),
        CheckConstraint("party > 0 OR standing = 'cancelled'", name="party"),
        CheckConstraint("standing <> 'queued' OR queue_number IS NOT NULL", name="queue_number"),
        Index(None, "pool_id", "standing", "queue_number"),
    )

    id: Mapped[Key]
    ref: Mapped[str] = mapped_column(unique=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"), index=True)
    pool_id: Mapped[int] = mapped_column(ForeignKey("seat_pools.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    part_of_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"), index=True)
    standing: Mapped[Standing] = mapped_column(enum_column(Standing))
    party: Mapped[int]  # participants that count, live ones
    adults: Mapped[int]
    needs: Mapped[str] = mapped_column(default="")
    queue_number: Mapped[int | None]
    passed_over: Mapped[int] = mapped_column(default=0)
    form_key: Mapped[str] = mapped_column(unique=True)
    form_digest: Mapped[str]
    contact_key: Mapped[str | None] = mapped_column(unique=True)
    uid: Mapped[str] = mapped_column(unique=True)  # the calendar entry that only this family gets
    sequence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]

    slot: Mapped[Slot] = relationship()
    pool: Mapped[SeatPool] = relationship()
    contact: Mapped[Contact] = relationship()
    participants: Mapped[list[Participant]] = relationship(back_populates="booking", order_by="Participant.id")
    cancellation: Mapped[Cancellation | None] = relationship()

    @property
    def is_live(self) -> bool:
        return self.standing is not Standing.CANCELLED


class Participant(Base):
    """One child: a first name or alias, and the age on the day of the first meeting.

    `child_key` (keyed hash of slot, address, folded name and age) is unique while the child is in the booking and None
    when it has been taken away (`left_at`).
    """

    __tablename__ = "participants"
    __table_args__ = (CheckConstraint("age BETWEEN 0 AND 120", name="age"),)

    id: Mapped[Key]
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), index=True)
    name: Mapped[str]
    age: Mapped[int]
    child_key: Mapped[str | None] = mapped_column(unique=True)
    left_at: Mapped[dt.datetime | None]

    booking: Mapped[Booking] = relationship(back_populates="participants")


class Cancellation(Base):
    """The family gave the booking back: when, and by whose hand."""

    __tablename__ = "cancellations"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    at: Mapped[dt.datetime]
    actor_kind: Mapped[str]
    actor_ref: Mapped[str]
    was: Mapped[Standing] = mapped_column(enum_column(Standing))


class PhoneCall(Base):
    """Somebody at the desk rang a family: when, who, and what came of it. Not a word of what was said."""

    __tablename__ = "phone_calls"

    id: Mapped[Key]
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), index=True)
    outcome: Mapped[CallOutcome] = mapped_column(enum_column(CallOutcome))
    at: Mapped[dt.datetime]
    actor_ref: Mapped[str]


class FeedbackInvitation(Base):
    """How many may still answer by one feedback link: the adult, and each child who had a seat.

    It knows the slot and neither the booking nor the answers, which know nothing of it: nobody can tell who said what,
    and nobody can answer twice.
    """

    __tablename__ = "feedback_invitations"
    __table_args__ = (
        CheckConstraint("adults >= 0", name="adults"),
        CheckConstraint("children >= 0", name="children"),
    )

    link_id: Mapped[int] = mapped_column(ForeignKey(Link.id), primary_key=True, autoincrement=False)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"))
    adults: Mapped[int]
    children: Mapped[int]


class Feedback(Base):
    """One answer about one slot, without anybody's name: see `rules.Opinion`.

    `form_key` makes the same form sent twice one answer. The day is all that is kept of the time.
    """

    __tablename__ = "feedback"
    __table_args__ = (
        CheckConstraint("liked BETWEEN 1 AND 5", name="liked"),
        CheckConstraint("easy BETWEEN 1 AND 5", name="easy"),
    )

    id: Mapped[Key]
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"), index=True)
    voice: Mapped[Voice] = mapped_column(enum_column(Voice))
    liked: Mapped[int]
    easy: Mapped[int | None]
    words: Mapped[str]
    form_key: Mapped[str] = mapped_column(unique=True)
    answered_on: Mapped[dt.date]
