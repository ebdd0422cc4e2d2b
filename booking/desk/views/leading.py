"""Who leads a meeting, and with which kits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires
from booking.accounts.rules.roles import Capability
from booking.desk.forms.fields import Choices
from booking.desk.forms.slot_acts import AssignForm, KitForm, PlainForm, ReplaceForm
from booking.desk.views.blueprint import bp
from booking.desk.views.found import back, meeting_or_404, slot_or_404
from booking.kernel.refusal import Refused
from booking.programme import queries as programme
from booking.programme import services
from booking.programme.models import Meeting
from booking.programme.queries.slot_desk import Lead, meetings_at_desk
from booking.programme.rules.leading import Need
from booking.programme.rules.proposals import Candidate
from booking.trainers import queries as trainers
from booking.web.errors import say
from booking.web.forms import BaseForm
from booking.web.texts import gettext, ngettext

MOST = 5


@bp.route("/personal/pass/<int:slot_id>/traff/<int:meeting_id>/ledare", methods=["GET", "POST"])
@requires(Capability.PLAN)
def assign(slot_id: int, meeting_id: int) -> ResponseReturnValue:
    """Ask a trainer to lead a meeting; who suits best is proposed."""
    meeting = meeting_or_404(slot_or_404(slot_id, Capability.PLAN), meeting_id)
    form, proposed = AssignForm(), _proposed(meeting)
    form.trainer.groups = _people(meeting, proposed)
    if _done(
        form,
        lambda: services.assign(
            meeting_id, trainer_id=form.trainer.number or 0, accepting=form.accepting.data or "", act=current_act()
        ),
    ):
        return back(slot_id)
    return _page("desk/assign.html", slot_id, meeting_id, form, proposed=proposed)


@bp.route("/personal/pass/<int:slot_id>/uppdrag/<int:assignment_id>", methods=["GET", "POST"])
@requires(Capability.PLAN)
def replace(slot_id: int, assignment_id: int) -> ResponseReturnValue:
    """Somebody else leads instead, or nobody."""
    meeting, lead = _lead_or_404(slot_id, assignment_id)
    form, proposed = ReplaceForm(), _proposed(meeting)
    form.trainer.groups = _people(meeting, proposed, but=lead.trainer_id)

    def verb() -> None:
        reason, act = form.reason.data or "", current_act()
        if form.trainer.number is None:
            services.take_off(assignment_id, reason=reason, act=act)
        else:
            services.substitute(
                assignment_id,
                trainer_id=form.trainer.number,
                reason=reason,
                accepting=form.accepting.data or "",
                act=act,
            )

    if _done(form, verb):
        return back(slot_id)
    return _page("desk/replace.html", slot_id, meeting.id, form, proposed=proposed, lead=lead)


@bp.route("/personal/pass/<int:slot_id>/traff/<int:meeting_id>/utrustning", methods=["GET", "POST"])
@requires(Capability.PLAN)
def kits(slot_id: int, meeting_id: int) -> ResponseReturnValue:
    """Reserve a kit for a meeting, or whatever its activity needs."""
    meeting = meeting_or_404(slot_or_404(slot_id, Capability.PLAN), meeting_id)
    needed, missing = PlainForm() if "behov" in request.form else None, list[Need]()
    if needed and _done(needed, lambda: missing.extend(services.reserve_needed(meeting_id, act=current_act()).missing)):
        if not missing:
            return back(slot_id)
        return _page("desk/kits.html", slot_id, meeting_id, _kit_form(meeting), missing=missing)
    form = _kit_form(meeting, is_sent=needed is None)
    if not needed and _done(
        form,
        lambda: services.reserve_kits(
            meeting_id, kit_ids=[form.kit.number or 0], accepting=form.accepting.data or "", act=current_act()
        ),
    ):
        return back(slot_id)
    if needed:
        form.form_errors = [said for _, said in needed.error_list]
    return _page("desk/kits.html", slot_id, meeting_id, form, status=(needed or form).status)


@bp.route("/personal/pass/<int:slot_id>/traff/<int:meeting_id>/utrustning/<int:kit_id>", methods=["GET", "POST"])
@requires(Capability.PLAN)
def return_kit(slot_id: int, meeting_id: int, kit_id: int) -> ResponseReturnValue:
    """The meeting does without a kit."""
    meeting = meeting_or_404(slot_or_404(slot_id, Capability.PLAN), meeting_id)
    form = PlainForm()
    if _done(form, lambda: services.return_kit(meeting.id, kit_id=kit_id, act=current_act())):
        return back(slot_id)
    shown = _kit_form(meeting)
    shown.form_errors = [said for _, said in form.error_list]
    if not shown.form_errors:
        return back(slot_id)
    return _page("desk/kits.html", slot_id, meeting_id, shown, status=form.status)


def _kit_form(meeting: Meeting, *, is_sent: bool = False) -> KitForm:
    form = KitForm() if is_sent else KitForm(formdata=None)
    found = trainers.all_kits(on=meeting.starts_local.date())
    words = [
        gettext("%(name)s: %(pieces)s %(thing)s", name=kit.name, pieces=kit.pieces, thing=kit.thing) for kit in found
    ]
    form.kit.groups = [("", [(str(kit.id), said) for kit, said in zip(found, words, strict=True)])]
    return form


def _done(form: BaseForm, verb: Callable[[], object]) -> bool:
    """Whether the form was sent and the verb has done it; a refusal is put where it belongs."""
    if not form.validate_on_submit():
        return False
    try:
        verb()
    except Refused as refused:
        form.refuse(refused)
        return False
    return True


def _lead_or_404(slot_id: int, assignment_id: int) -> tuple[Meeting, Lead]:
    rows = meetings_at_desk(slot_or_404(slot_id, Capability.PLAN))
    found = ((row.meeting, lead) for row in rows for lead in row.leads if lead.assignment_id == assignment_id)
    return next(found, None) or abort(404)


def _proposed(meeting: Meeting) -> list[Candidate]:
    return programme.substitutes([meeting.id], most=MOST).get(meeting.id, [])


def _people(meeting: Meeting, proposed: list[Candidate], *, but: int | None = None) -> Choices:
    """Who suits best first, then everybody else who leads that day."""
    best = [(str(one.trainer_id), one.name) for one in proposed]
    known = {value for value, _ in best} | {str(but)}
    others = [(str(one.id), one.name) for one in trainers.all_trainers(on=meeting.starts_local.date())]
    return [
        (gettext("Suit best"), best),
        (gettext("Others"), [(value, name) for value, name in others if value not in known]),
    ]


def _said(candidate: Candidate) -> str:
    """What speaks for and against somebody, in one line."""
    load = ngettext("leads %(num)s meeting that week", "leads %(num)s meetings that week", candidate.load)
    way = gettext("%(minutes)s minutes from home", minutes=candidate.travel_minutes)
    return " ".join([f"{way}, {load}.", *(say(clash.said) for clash in candidate.warnings)])


def _page(
    template: str,
    slot_id: int,
    meeting_id: int,
    form: BaseForm,
    *,
    proposed: list[Candidate] | None = None,
    lead: Lead | None = None,
    missing: Sequence[Need] = (),
    status: int | None = None,
) -> ResponseReturnValue:
    slot = slot_or_404(slot_id, Capability.PLAN)
    row = next(one for one in meetings_at_desk(slot) if one.meeting.id == meeting_id)
    page = render_template(
        template,
        slot=slot,
        meeting=row.meeting,
        row=row,
        form=form,
        lead=lead,
        missing=missing,
        proposed=[(one, _said(one)) for one in proposed or ()],
    )
    return page, form.status if status is None else status
