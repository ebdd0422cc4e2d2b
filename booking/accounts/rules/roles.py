"""Who among the staff may do what, and where: roles, capabilities and their table (requirements, table of D). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import NamedTuple

from booking.kernel.refusal import N_, Refused


class Role(StrEnum):
    """What somebody is employed to do. A person may hold several, each with its own scope."""

    TRAINER = "trainer"
    BRANCH = "branch"
    DRIVER = "driver"
    COORDINATOR = "coordinator"
    REGIONAL = "regional"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


ROLE_WORDS = {
    Role.TRAINER: N_("Trainer"),
    Role.BRANCH: N_("Branch staff"),
    Role.DRIVER: N_("Driver of the bokbuss"),
    Role.COORDINATOR: N_("Coordinator"),
    Role.REGIONAL: N_("Region"),
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.AUDITOR: N_("Auditor"),
}


class Capability(StrEnum):
    """One thing that may be allowed. Views ask for it by `@requires`, queries filter by its `scope`."""

    SEE_BOOKINGS = "see_bookings"
    CHANGE_BOOKINGS = "change_bookings"  # book for a family, move, cancel
    SEE_CHILDREN = "see_children"  # first names, ages, needs
    SEE_CONTACTS = "see_contacts"  # e-mail and phone; each look is logged
    MARK_ATTENDANCE = "mark_attendance"
    SEE_PLAN = "see_plan"  # slots with trainers and kits, drafts too
    PLAN = "plan"
    LEAD = "lead"  # one's own assignments: accept, give up, report absence
    EXPORT_PEOPLE = "export_people"
    SEE_BUS = "see_bus"
    RUN_BUS = "run_bus"
    SEE_FIGURES = "see_figures"  # joint figures, never families
    SEE_AGREEMENTS = "see_agreements"
    KEEP_AGREEMENTS = "keep_agreements"
    SEE_USERS = "see_users"
    KEEP_USERS = "keep_users"
    SEE_SETTINGS = "see_settings"
    KEEP_SETTINGS = "keep_settings"
    SEE_AUDIT = "see_audit"
    SEE_PLACES = "see_places"
    KEEP_PLACES = "keep_places"  # hours, rooms, the way in, days off: what planning stands on; the rest is a setting


class Reach(Enum):
    """How far a role's capability goes: where the role is held, or only the slots that the person leads, anywhere."""

    HELD = auto()
    LED = auto()


def _held(*roles: Role) -> dict[Role, Reach]:
    return dict.fromkeys(roles, Reach.HELD)


_FAMILIES = _held(Role.BRANCH, Role.COORDINATOR)
_LED_TOO = {**_FAMILIES, Role.TRAINER: Reach.LED}

# The table of requirements D. What is not here is nobody's: default deny.
GRANTS: Mapping[Capability, Mapping[Role, Reach]] = {
    Capability.SEE_BOOKINGS: {**_FAMILIES, **_held(Role.AUDITOR)},
    Capability.CHANGE_BOOKINGS: _FAMILIES,
    Capability.SEE_CHILDREN: _LED_TOO,
    Capability.SEE_CONTACTS: _LED_TOO,
    Capability.MARK_ATTENDANCE: _LED_TOO,
    Capability.SEE_PLAN: {**_LED_TOO, **_held(Role.DRIVER, Role.REGIONAL, Role.AUDITOR)},
    Capability.PLAN: _FAMILIES,
    Capability.LEAD: {Role.TRAINER: Reach.LED},
    Capability.EXPORT_PEOPLE: _FAMILIES,
    Capability.SEE_BUS: _held(Role.DRIVER, Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR),
    Capability.RUN_BUS: _held(Role.DRIVER, Role.COORDINATOR, Role.ADMINISTRATOR),
    Capability.SEE_FIGURES: _held(Role.COORDINATOR, Role.REGIONAL, Role.AUDITOR),
    Capability.SEE_AGREEMENTS: _held(Role.COORDINATOR, Role.REGIONAL, Role.AUDITOR),
    Capability.KEEP_AGREEMENTS: _held(Role.COORDINATOR),
    Capability.SEE_USERS: _held(Role.ADMINISTRATOR, Role.AUDITOR),
    Capability.KEEP_USERS: _held(Role.ADMINISTRATOR),
    Capability.SEE_SETTINGS: _held(Role.ADMINISTRATOR, Role.AUDITOR),
    Capability.KEEP_SETTINGS: _held(Role.ADMINISTRATOR),
    Capability.SEE_AUDIT: _held(Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR),
    # The table has no row for the register. Its settings are the administrator's; what changes in a library's daily
    # life is kept by whoever plans there, and by the administrator, who does not plan.
    Capability.SEE_PLACES: {**_FAMILIES, **_held(Role.ADMINISTRATOR, Role.AUDITOR)},
    Capability.KEEP_PLACES: {**_FAMILIES, **_held(Role.ADMINISTRATOR)},
}

# Who holds one of these looks after the whole installation: a part of it would be a way to the rest.
EVERYWHERE_ONLY = (Role.ADMINISTRATOR, Role.AUDITOR)
NEEDS_SECOND_FACTOR = (Role.ADMINISTRATOR,)


class Post(NamedTuple):
    """A role as somebody holds it: in one place, in all of an organisation, or (both None) everywhere."""

    role: Role
    organisation_id: int | None = None
    place_id: int | None = None

    @property
    def is_everywhere(self) -> bool:
        return self.organisation_id is None and self.place_id is None


@dataclass(frozen=True)
class Scope:
    """Where somebody may do one thing: rooms filter their queries by it (requirement D3).

    `everywhere` makes the rest needless. `led`: beside the places, also the slots that the person leads.
    """

    everywhere: bool = False
    organisations: frozenset[int] = frozenset()
    places: frozenset[int] = frozenset()
    led: bool = False

    @property
    def is_empty(self) -> bool:
        """Nowhere at all."""
        return not (self.everywhere or self.organisations or self.places or self.led)

    def covers(self, *, place: int | None = None, organisation: int | None = None) -> bool:
        """Whether a thing of this place, or of this organisation, lies within. `led` is not the place's to say."""
        return self.everywhere or place in self.places or organisation in self.organisations


NOWHERE = Scope()


def scope(posts: Iterable[Post], capability: Capability) -> Scope:
    """Where the holder of `posts` has `capability`; NOWHERE when none of the roles brings it."""
    reaches = GRANTS[capability]
    held = [post for post in posts if reaches.get(post.role) is Reach.HELD]
    return Scope(
        everywhere=any(post.is_everywhere for post in held),
        organisations=frozenset(post.organisation_id for post in held if post.organisation_id is not None),
        places=frozenset(post.place_id for post in held if post.place_id is not None),
        led=any(reaches.get(post.role) is Reach.LED for post in posts),
    )


def may(
    posts: Iterable[Post], capability: Capability, *, place: int | None = None, organisation: int | None = None
) -> bool:
    """Whether the holder of `posts` has `capability` at `place`, which belongs to `organisation`; anywhere at all when
    neither is given."""
    found = scope(tuple(posts), capability)
    if place is None and organisation is None:
        return not found.is_empty
    return found.covers(place=place, organisation=organisation)


def needs_second_factor(posts: Iterable[Post]) -> bool:
    """Whether one of the roles must not be used with a password alone (requirement D10)."""
    return any(post.role in NEEDS_SECOND_FACTOR for post in posts)


class Ground(NamedTuple):
    """An organisation and its places, as roles may be bound to them. The room of places tells them."""

    organisation_id: int
    name: str
    places: tuple[tuple[int, str], ...]


class OnlyEverywhere(Refused):
    message = N_("This role looks after the whole installation. Choose “Everywhere”.")
    field = "where"


class NotEverywhere(Refused):
    message = N_("Choose the library or the organisation where the person works.")
    field = "where"


class UnknownGround(Refused):
    message = N_("That place does not exist any more. Choose another one.")
    field = "where"


def check_post(post: Post, grounds: Iterable[Ground]) -> None:
    """Refuse a role in a scope that it cannot have."""
    if post.role in EVERYWHERE_ONLY and not post.is_everywhere:
        raise OnlyEverywhere
    if post.role is Role.BRANCH and post.is_everywhere:
        raise NotEverywhere
    known = list(grounds)
    if post.organisation_id is not None and post.organisation_id not in {ground.organisation_id for ground in known}:
        raise UnknownGround
    if post.place_id is not None and post.place_id not in {number for ground in known for number, _ in ground.places}:
        raise UnknownGround
