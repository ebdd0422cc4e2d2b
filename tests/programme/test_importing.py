"""Activities out of tables, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from booking.demo.loading import FOLDER
from booking.kernel.table import BadTable
from booking.programme import services
from booking.programme.models import Activity
from booking.programme.rules import ActivityKind, Sign
from booking.store import AuditEntry
from booking.store.engine import session
from tests.programme.world import LATER, NOW, maj

HEADER = (
    "slug,title_sv,title_en,description_sv,description_en,age_min,age_max,"
    "duration_minutes,capacity,adult_required,equipment"
)
SCRATCH = "scratch,Ditt första spel,Your first game,Du gör ett spel.,You make a game.,8,10,90,12,false,Bärbar dator:12"


def table(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows]).encode()


def found(slug: str) -> Activity:
    session().rollback()
    session().expire_all()
    return session().scalars(select(Activity).where(Activity.slug == slug)).one()


def told(raw: bytes) -> list[str]:
    with pytest.raises(BadTable) as refusal:
        services.read_workshops(raw)
    return [str(fault) for fault in refusal.value.faults]


@pytest.mark.usefixtures("app")
def test_the_shipped_tables_are_read_whole_and_a_second_time_nothing_changes() -> None:
    workshops = services.read_workshops((FOLDER / "workshops.csv").read_bytes())
    courses = services.read_courses((FOLDER / "courses.csv").read_bytes())

    assert str(services.import_activities(workshops, act=maj())) == "15 added"
    assert str(services.import_activities(courses, act=maj())) == "9 added"
    assert str(services.import_activities(workshops, act=maj(LATER))) == "15 unchanged"
    assert str(services.import_activities(courses, act=maj(LATER))) == "9 unchanged"
    assert session().scalar(select(func.max(Activity.changed_at))) == NOW
    assert session().scalar(select(func.count(AuditEntry.id))) == 2


@pytest.mark.usefixtures("app")
def test_a_workshop_is_kept_as_its_row_says() -> None:
    services.import_activities(services.read_workshops(table(SCRATCH)), act=maj())

    scratch = found("scratch")
    assert (scratch.kind, scratch.title_sv, scratch.title_en) == (
        ActivityKind.WORKSHOP,
        "Ditt första spel",
        "Your first game",
    )
    assert (scratch.age_min, scratch.age_max, scratch.duration_minutes, scratch.seats) == (8, 10, 90, 12)
    assert (scratch.adult_stays, scratch.equipment, scratch.sign) == (False, "Bärbar dator:12", Sign.BLOCKS)
    assert scratch.search_key == "ditt första spel your first game du gör ett spel. you make a game."


@pytest.mark.usefixtures("app")
def test_a_column_for_the_sign_wins_over_the_words_of_the_slug() -> None:
    raw = table(SCRATCH + ",robot", header=HEADER + ",sign")

    services.import_activities(services.read_workshops(raw), act=maj())

    assert found("scratch").sign is Sign.ROBOT


@pytest.mark.usefixtures("app")
def test_what_shows_moves_the_last_change_and_what_does_not_leaves_it() -> None:
    services.import_activities(services.read_workshops(table(SCRATCH)), act=maj())

    fewer_seats = services.read_workshops(table(SCRATCH.replace(",12,false", ",10,false")))
    assert str(services.import_activities(fewer_seats, act=maj(LATER))) == "1 updated"
    assert (found("scratch").seats, found("scratch").changed_at) == (10, NOW)
    other_title = services.read_workshops(table(SCRATCH.replace("Ditt första", "Ditt andra")))
    assert str(services.import_activities(other_title, act=maj(LATER))) == "1 updated"
    assert (found("scratch").title_sv, found("scratch").changed_at) == ("Ditt andra spel", LATER)


@pytest.mark.usefixtures("app")
def test_courses_for_staff_never_become_workshops_for_children() -> None:
    header = "slug,title_sv,description_sv,kind,duration_minutes,capacity,level"
    raw = table(
        "a,Föreläsning,Text,föreläsning,120,60,grund",
        "b,Verkstad,Text,workshop,180,30,fortsättning",
        "c,Kurs,Text,kurs,360,26,fördjupning",
        "d,Seminarium,Text,seminarium,180,26,",
        header=header,
    )

    services.import_activities(services.read_courses(raw), act=maj())

    kinds = [found(slug).kind for slug in "abcd"]
    assert kinds == [ActivityKind.LECTURE, ActivityKind.COURSE, ActivityKind.COURSE, ActivityKind.SEMINAR]
    with pytest.raises(BadTable) as refusal:
        services.import_activities(services.read_workshops(table(SCRATCH.replace("scratch,", "a,", 1))), act=maj())
    assert [str(fault) for fault in refusal.value.faults] == [
        (
            "line 2, column slug: The slug belongs to the activity Föreläsning, which is of the other kind. "
            "Choose another slug."
        )
    ]


def test_every_bad_row_is_told_with_line_column_and_what_to_do() -> None:
    raw = table(
        SCRATCH.replace("8,10", "10,8"),
        SCRATCH.replace("scratch", "Scratch", 1),
        SCRATCH.replace(",90,", ",nittio,"),
        SCRATCH.replace("false", "kanske"),
        SCRATCH.replace("Bärbar dator:12", "Bärbar dator"),
        SCRATCH.replace("8,10", "-1,7.5"),
    )

    assert told(raw) == [
        "line 2, column age_min: The lowest age must not be above the highest.",
        (
            'line 3, column slug: "Scratch" cannot be part of an address. '
            'Use a-z, 0-9 and single hyphens, as in "norra-asum".'
        ),
        'line 4, column duration_minutes: "nittio" is not a number from 5 to 600. Correct it.',
        'line 4, column slug: "scratch" stands on line 2 already. Each may stand once.',
        'line 5, column adult_required: "kanske" is not true or false. Write one of them.',
        'line 5, column slug: "scratch" stands on line 2 already. Each may stand once.',
        'line 6, column equipment: "Bärbar dator" is not right here. Write it as Blue-Bot:4;Pilkort:4.',
        'line 6, column slug: "scratch" stands on line 2 already. Each may stand once.',
        'line 7, column age_min: "-1" is not a number from 0 to 25. Correct it.',
        'line 7, column age_max: "7.5" is not a number from 0 to 25. Correct it.',
        'line 7, column slug: "scratch" stands on line 2 already. Each may stand once.',
    ]


@pytest.mark.usefixtures("app")
def test_a_table_with_one_bad_row_changes_nothing() -> None:
    services.import_activities(services.read_workshops(table(SCRATCH)), act=maj())
    header = "slug,title_sv,description_sv,kind,duration_minutes,capacity,level"
    raw = table("ny,Ny kurs,Text,kurs,60,10,grund", "scratch,Krock,Text,kurs,60,10,grund", header=header)

    with pytest.raises(BadTable):
        services.import_activities(services.read_courses(raw), act=maj())

    assert session().scalar(select(func.count(Activity.id))) == 1
