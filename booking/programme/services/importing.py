"""Activities out of tables: workshops for children, courses for staff. All or nothing, and twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from booking.kernel import cells, table
from booking.kernel.act import Act
from booking.kernel.sorting import search_key
from booking.kernel.table import BadTable, Column, Fault, Tally, needed, optional
from booking.programme.models import Activity
from booking.programme.rules import ActivityKind, AgesUpsideDown, OtherKind, Sign, sign_for
from booking.store import audit, writes
from booking.store.engine import session

# What is seldom seen or only used for finding: these alone do not make a page or a feed new.
_UNSEEN = {"search_key", "level", "seats", "duration_minutes"}

# The words of the courses' table. A workshop for staff is a course here: a workshop is what children come to.
_COURSE_WORDS = {
    "föreläsning": ActivityKind.LECTURE,
    "workshop": ActivityKind.COURSE,
    "kurs": ActivityKind.COURSE,
    "seminarium": ActivityKind.SEMINAR,
}
_LEVELS = r"grund|fortsättning|fördjupning"
_EQUIPMENT = cells.matching(
    r"[^:;]+(:[^:;]+)*:[1-9][0-9]{0,3}(;[^:;]+(:[^:;]+)*:[1-9][0-9]{0,3})*", like="Blue-Bot:4;Pilkort:4"
)
_TEXTS: dict[str, Column[Any]] = {
    "title_sv": needed(cells.text(120)),
    "title_en": optional(cells.text(120), default="", always=False),
    "description_sv": optional(cells.prose(4000), default=""),
    "description_en": optional(cells.prose(4000), default="", always=False),
    "bring_sv": optional(cells.text(300), default="", always=False),
    "bring_en": optional(cells.text(300), default="", always=False),
    "sign": optional(cells.choice(Sign), always=False),
}


@dataclass(frozen=True, kw_only=True)
class ActivityRow:
    """An activity as a table tells it. `sign` None: the one that suits its slug. Raises AgesUpsideDown."""

    line: int
    slug: str
    kind: ActivityKind
    title_sv: str
    title_en: str
    description_sv: str
    description_en: str
    bring_sv: str
    bring_en: str
    duration_minutes: int
    seats: int
    sign: Sign | None
    age_min: int | None = None
    age_max: int | None = None
    adult_stays: bool = False
    equipment: str = ""
    equipment_en: str = ""
    level: str = ""

    def __post_init__(self) -> None:
        if self.age_min is not None and self.age_max is not None and self.age_min > self.age_max:
            raise AgesUpsideDown

    def values(self) -> dict[str, Any]:
        """The columns of the activity, without its slug."""
        values = asdict(self)
        del values["line"], values["slug"]
        values["sign"] = self.sign or sign_for(self.slug)
        values["search_key"] = search_key(self.title_sv, self.title_en, self.description_sv, self.description_en)
        return values


def read_workshops(raw: bytes) -> list[ActivityRow]:
    """The rows of workshops.csv. Raises BadTable."""
    columns: dict[str, Column[Any]] = {
        "slug": needed(cells.slug),
        **_TEXTS,
        "age_min": optional(cells.whole(0, 25)),
        "age_max": optional(cells.whole(0, 25)),
        "duration_minutes": needed(cells.whole(5, 600)),
        "capacity": needed(cells.whole(1, 1000)),
        "adult_required": needed(cells.yes_no),
        "equipment": optional(_EQUIPMENT, default=""),
        "equipment_en": optional(cells.text(300), default="", always=False),
    }

    def into(*, capacity: int, adult_required: bool, **values: Any) -> ActivityRow:
        return ActivityRow(kind=ActivityKind.WORKSHOP, seats=capacity, adult_stays=adult_required, **values)

    return table.read(raw, columns=columns, into=into, key="slug")


def read_courses(raw: bytes) -> list[ActivityRow]:
    """The rows of courses.csv. Raises BadTable."""
    columns: dict[str, Column[Any]] = {
        "slug": needed(cells.slug),
        **_TEXTS,
        "kind": needed(cells.choice(ActivityKind, also=_COURSE_WORDS)),
        "duration_minutes": needed(cells.whole(5, 600)),
        "capacity": needed(cells.whole(1, 1000)),
        "level": optional(cells.matching(_LEVELS, like=_LEVELS.replace("|", ", ")), default=""),
    }

    def into(*, capacity: int, **values: Any) -> ActivityRow:
        return ActivityRow(seats=capacity, **values)

    return table.read(raw, columns=columns, into=into, key="slug")


@writes
def import_activities(rows: Iterable[ActivityRow], *, act: Act) -> Tally:
    """Add and update activities by slug; slots that are planned already keep their own ages and seats.

    `changed_at` moves only when something that shows has changed. Raises BadTable when a slug belongs to an activity of
    the other door (a workshop for children, a course for staff).
    """
    known = {found.slug: found for found in session().scalars(select(Activity))}
    tally = Tally()
    faults: list[Fault] = []
    for row in rows:
        found = known.get(row.slug)
        if found is None:
            session().add(Activity(slug=row.slug, changed_at=act.now, **row.values()))
            tally.added += 1
        elif (found.kind is ActivityKind.WORKSHOP) is not (row.kind is ActivityKind.WORKSHOP):
            faults.append(Fault(row.line, "slug", OtherKind(title=found.title_sv)))
        elif _update(found, row.values(), act=act):
            tally.updated += 1
        else:
            tally.unchanged += 1
    if faults:
        raise BadTable(faults)
    session().flush()  # a constraint that says no must say it inside the verb
    if tally.has_changed:
        audit("import_activities", str(tally), act=act)
    return tally


def _update(activity: Activity, values: dict[str, Any], *, act: Act) -> bool:
    changed = {name for name, value in values.items() if getattr(activity, name) != value}
    for name in changed:
        setattr(activity, name, values[name])
    if changed - _UNSEEN:
        activity.changed_at = act.now
    return bool(changed)
