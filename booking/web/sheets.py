"""Handing out tables for spreadsheets: made for this answer alone, nothing is kept on the server (requirement D4)."""

from __future__ import annotations

import datetime as dt

from flask import Response
from werkzeug.routing import BaseConverter, Map

from booking.kernel.sheet import Sheet, SheetKind, file_name, written


def sent(sheet: Sheet, kind: SheetKind, *, name: str, made_at: dt.datetime) -> Response:
    """The table as a file to save, which no cache keeps. `name` is the file's name without its ending."""
    answer = Response(written(sheet, kind, made_at=made_at), content_type=kind.mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name(name)}.{kind}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


class SheetKindConverter(BaseConverter):
    """`<sheet:kind>` in routes: `csv` or `xlsx`; other endings are no address."""

    regex = "csv|xlsx"

    def __init__(self, routes: Map) -> None:
        super().__init__(routes)

    def to_python(self, value: str) -> SheetKind:
        return SheetKind(value)

    def to_url(self, value: SheetKind | str) -> str:
        return str(value)
