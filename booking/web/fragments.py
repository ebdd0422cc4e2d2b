"""Rows of slots, drawn once for the same values: a list shows fifty, and few have changed since the last reader."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

# All that a row shows. A value that is not named here cannot reach the template, so it cannot be forgotten in the key.
SHOWN = (
    "id",
    "url",
    "title",
    "starts_at",
    "ends_at",
    "age_min",
    "age_max",
    "place_name",
    "place_kind",
    "language_note",
    "meeting_count",
    "sign",
    "state",
    "free",
    "queued",
    "opens_at",
    "step_url",
    "step_label_key",
)
# About 1 kB each: two languages of a busy term.
KEPT = 2048
_values = attrgetter(*SHOWN)


class SlotRows:
    """Draws `_parts/slot_row.html` and keeps what it drew, by every value that went in."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._kept = lru_cache(KEPT)(self._draw)
        # A bound method cannot carry Jinja's mark, so the mark sits on a function that closes over it.
        self.draw = pass_context(lambda context, slot, *, sign=True: self._row(context, slot, sign=sign))

    def _row(self, context: Context, slot: Any, *, sign: bool) -> Markup:
        return self._kept(str(context["language"]), context["today"], sign, _values(slot))

    def _draw(self, language: str, today: dt.date, sign: bool, values: tuple[Any, ...]) -> Markup:
        template = self._environment.get_template("_parts/slot_row.html")
        slot = SimpleNamespace(**dict(zip(SHOWN, values, strict=True)))
        # What a template with autoescape has drawn.
        return Markup(template.render(language=language, today=today, slot=slot, sign=sign))  # noqa: S704
