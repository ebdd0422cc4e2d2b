"""What the pages show of wishes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.kernel import clock
from booking.programme import queries as programme
from booking.programme.queries import Atlas
from booking.subscriptions.forms import WishForm
from booking.subscriptions.queries import WishRow
from booking.web.language import current_language


@dataclass(frozen=True, kw_only=True)
class ShownWish:
    """A wish in words. `place` is None for anywhere."""

    place: str | None
    age: int | None
    list_url: str
    change_url: str
    remove_url: str


def atlas() -> Atlas:
    """The places that there are today. One query."""
    return programme.atlas(today=clock.local_day(current_act().now))


def wishes(rows: Iterable[WishRow], known: Atlas) -> list[ShownWish]:
    return [_wish(row, known) for row in rows]


def with_choices(template: str, form: WishForm, known: Atlas, **more: Any) -> ResponseReturnValue:
    """A page with a form about a wish, and what can be chosen in it."""
    language = current_language()
    typed: Any = form.age.data  # a number, or whatever was sent
    age = typed if isinstance(typed, int) else None
    page = render_template(
        template,
        form=form,
        place_groups=programme.place_groups(known, language),
        ages=programme.age_choices(age, language),
        **more,
    )
    return page, form.status


def _wish(row: WishRow, known: Atlas) -> ShownWish:
    area = known.area(row.area) if row.area else None
    return ShownWish(
        # A place that has closed keeps the word that was chosen.
        place=programme.place_label(area.choice, current_language()) if area else row.area or None,
        age=row.age,
        list_url=f"{url_for('programme.slots')}{'?' if row.wish.query else ''}{urlencode(row.wish.query)}",
        change_url=url_for("subscriptions.change", ref=row.ref),
        remove_url=url_for("subscriptions.remove", ref=row.ref),
    )


def reader() -> programme.Reader:
    """For whom slots are shown."""
    return programme.Reader(current_language(), request.script_root)
