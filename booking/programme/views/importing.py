"""Slots out of a spreadsheet: choose the file, see what it would do, say yes once. All or nothing."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import zlib
from typing import Any, NamedTuple

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer

from booking.accounts.current import current_act
from booking.accounts.guards import requires, this_staff, where
from booking.accounts.rules.roles import Capability
from booking.kernel.refusal import Refused
from booking.kernel.sheet import Cell, Sheet, SheetKind
from booking.kernel.table import BadTable
from booking.programme.forms.importing import ConfirmForm, ImportForm
from booking.programme.queries import importing as queries
from booking.programme.queries.importing import PreviewedSlot, WishedSlot
from booking.programme.rules.importing import MOST_BYTES, PREVIEW_LIVES, Expired
from booking.programme.services import importing_slots as services
from booking.programme.views.blueprint import bp
from booking.settings import current
from booking.web.errors import explain, say
from booking.web.sheets import sent

_SALT = "slots to import"


class ToldFault(NamedTuple):
    """One thing to mend, as the page says it."""

    line: int
    column: str
    words: str


@bp.route("/personal/planering/import", methods=["GET", "POST"])
@requires(Capability.PLAN)
def import_slots() -> ResponseReturnValue:
    """The file; then what it would plan, or what is wrong with which row. Nothing is planned here."""
    form = ImportForm()
    if not form.validate_on_submit():
        return _choose(form, status=form.status)
    try:
        slots = _wished(form.file.data)
    except BadTable as bad:
        return _choose(form, bad=bad, status=422)
    return _preview(slots, ConfirmForm(None, data={"sealed": _sealed(form.file.data)}))


@bp.route("/personal/planering/import/bekraftelse", methods=["GET", "POST"])
@requires(Capability.PLAN)
def confirm_import() -> ResponseReturnValue:
    """Plan what was shown, every slot or none."""
    if request.method == "GET":
        return redirect(url_for("programme.import_slots"), 303)
    form = ConfirmForm()
    is_sent_rightly = form.validate()
    try:
        raw, key = _opened(str(form.sealed.data))
        slots = _wished(raw)
    except BadTable as bad:  # a place, a room or a trainer is gone since
        return _choose(ImportForm(None), bad=bad, status=422)
    except Refused as refused:
        return _choose(_refused(ImportForm(None), refused), status=form.status if form.is_stale else 422)
    if is_sent_rightly:
        plans = [slot.plan for slot in slots]
        try:
            made = services.import_slots(plans, key=key, accepting=str(form.accepting.data), act=current_act())
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("programme.import_slots", planerade=len(made)), 303)
    return _preview(slots, form)


@bp.get("/personal/planering/import/mall.<sheet:kind>")
@requires(Capability.PLAN)
def import_template(kind: SheetKind) -> ResponseReturnValue:
    """An empty spreadsheet with the right columns, and one row that shows how to write."""
    day = current_act().now.date() + dt.timedelta(days=30)
    shown: dict[str, Cell] = {
        "aktivitet": "Titel på aktiviteten",
        "ställe": "Namn på biblioteket",
        "datum": day,
        "börjar": dt.time(15, 30),
        "slutar": dt.time(16, 30),
    }
    sheet = Sheet(name="Pass", columns=list(services.COLUMNS), rows=[[shown.get(name) for name in services.COLUMNS]])
    return sent(sheet, kind, name="mall-pass", made_at=current_act().now)


def _wished(raw: bytes) -> list[WishedSlot]:
    return queries.wished(services.read_slots(raw), scope=where(Capability.PLAN), now=current_act().now)


def _choose(form: ImportForm, *, bad: BadTable | None = None, status: int) -> ResponseReturnValue:
    faults = [ToldFault(one.line, one.column, explain(one.refusal)) for one in bad.faults] if bad else []
    page = render_template(
        "programme/import.html",
        form=_refused(form, bad) if bad else form,
        faults=faults,
        columns=services.COLUMNS,
        planned=request.args.get("planerade", 0, type=int),
    )
    return page, status


def _preview(slots: list[WishedSlot], form: ConfirmForm) -> ResponseReturnValue:
    shown = queries.previewed(slots)
    clashes = [clash for slot in shown for meeting in slot.meetings for clash in meeting.clashes]
    form.accepting.flags.required = bool(clashes)  # the rule decides; the page says so beforehand
    page = render_template(
        "programme/import_preview.html",
        form=form,
        slots=[_told(slot) for slot in shown],
        is_hard=any(clash.is_hard for clash in clashes),
        is_soft=bool(clashes),
    )
    return page, form.status


def _told(slot: PreviewedSlot) -> dict[str, Any]:
    """A slot with its clashes in words, the hard ones told apart."""
    meetings = [
        (meeting.wall, [(clash.is_hard, say(clash.said)) for clash in meeting.clashes]) for meeting in slot.meetings
    ]
    return {"wish": slot.wish, "meetings": meetings}


def _refused(form: ImportForm, refused: Refused) -> ImportForm:
    form.refuse(refused)
    return form


def _sealed(raw: bytes) -> str:
    """The file as the page carries it to the confirmation: signed, for this reader alone, for an hour.

    So nothing is kept on the server, and what is planned is what was shown. It is judged again all the same.
    """
    packed = base64.b85encode(zlib.compress(raw, 9)).decode()
    at, code = int(current_act().now.timestamp()), current_act().new_code(8).hex()
    return str(_seal().dumps([this_staff().id, at, code, packed]))


def _opened(sealed: str) -> tuple[bytes, str]:
    """What was sealed, and its key. Raises Expired for everything else."""
    try:
        staff_id, at, _, packed = _seal().loads(sealed)
        raw = zlib.decompressobj().decompress(base64.b85decode(packed), MOST_BYTES)
    except (BadSignature, ValueError, TypeError, zlib.error, binascii.Error) as fault:
        raise Expired from fault
    age = int(current_act().now.timestamp()) - int(at)
    if staff_id != this_staff().id or not 0 <= age <= PREVIEW_LIVES.total_seconds():
        raise Expired
    return raw, hashlib.sha256(sealed.encode()).hexdigest()[:32]


def _seal() -> URLSafeSerializer:
    return URLSafeSerializer(current().secret_key, salt=_SALT)
