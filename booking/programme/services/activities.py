"""Activities by hand: a new one, corrected, retired, taken up again. What is planned already keeps its own ages and
seats; texts that a slot has not of its own follow the activity, on pages and in feeds alike."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

from sqlalchemy import select

from booking.kernel.act import Act
from booking.kernel.sorting import search_key
from booking.programme import rules
from booking.programme.models import Activity
from booking.programme.rules.activities import ActivityText, NewActivity, slug_of
from booking.programme.rules.changes import ChangedMeanwhile
from booking.store import audit, writes
from booking.store.engine import session
from booking.store.locks import hold

# These alone make no page and no feed new.
_UNSEEN = frozenset(
    {
        "seats",
        "duration_minutes",
        "children_per_trainer",
        "least_children",
        "decide_days",
        "packing_minutes",
        "clearing_minutes",
    }
)


@writes
def create_activity(new: NewActivity, *, act: Act) -> Activity:
    """A new activity; its address comes from its title and stays. Raises the refusals of `ActivityText.check`."""
    new.text.check()
    hold("activity slugs")
    taken = set(session().scalars(select(Activity.slug)))
    activity = Activity(
        slug=slug_of(new.text.title_sv, taken=taken),
        kind=new.kind,
        search_key=_search_key(new.text),
        changed_at=act.now,
        **asdict(new.text),
    )
    session().add(activity)
    session().flush()  # the audit row names it by its number
    audit("create_activity", f"activity:{activity.id}", act=act)
    return activity


@writes
def correct_activity(activity_id: int, *, version: int, to: ActivityText, act: Act) -> None:
    """Write an activity anew, wholly. `version` is the one that the page showed (requirement A14); saving what is so
    already changes nothing. Raises NoSuchActivity, ChangedMeanwhile, and the refusals of `ActivityText.check`."""
    to.check()
    activity = _locked(activity_id)
    values = asdict(to)
    changed = {name for name, value in values.items() if getattr(activity, name) != value}
    if not changed:
        return
    if activity.version != version:
        raise ChangedMeanwhile
    for name in changed:
        setattr(activity, name, values[name])
    activity.search_key = _search_key(to)
    activity.version += 1
    if changed - _UNSEEN:
        activity.changed_at = act.now
    session().flush()  # the change before the audit row that tells of it
    audit("correct_activity", f"activity:{activity_id}", act=act)


@writes
def retire_activity(activity_id: int, *, on: dt.date | None, act: Act) -> None:
    """From that day on nothing new is planned of it; None: it is taken up again. Its slots, its address and its figures
    stay. Doing it twice changes nothing. Raises NoSuchActivity."""
    activity = _locked(activity_id)
    if activity.retired_on == on or (on is not None and activity.retired_on is not None and activity.retired_on <= on):
        return
    activity.retired_on = on
    session().flush()  # the day before the audit row that tells of it
    audit("retire_activity" if on else "take_up_activity", f"activity:{activity_id}", act=act)


def _locked(activity_id: int) -> Activity:
    statement = select(Activity).where(Activity.id == activity_id).with_for_update()
    activity = session().scalar(statement, execution_options={"populate_existing": True})
    if activity is None:
        raise rules.NoSuchActivity
    return activity


def _search_key(text: ActivityText) -> str:
    return search_key(text.title_sv, text.title_en, text.description_sv, text.description_en)
