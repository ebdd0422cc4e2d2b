"""In and out: password, code, sign-out, the mailed links to a new or a first password."""

from __future__ import annotations

from typing import Any

from flask import abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act, current_staff, forget, remember
from booking.accounts.forms import AskForPasswordForm, CodeForm, InvitationForm, NewPasswordForm, SignInForm
from booking.accounts.guards import holds_link, public
from booking.accounts.queries import staff as queries
from booking.accounts.rules import Purpose
from booking.accounts.rules.limits import TooManyTries, network_of
from booking.accounts.services import signing_in, staff
from booking.accounts.services.signing_in import NewSession
from booking.accounts.views.blueprint import bp
from booking.kernel.refusal import Refused
from booking.web.addresses import local_path
from booking.web.forms import BaseForm


@bp.route("/personal/logga-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """The door of the staff. Who is inside already goes on."""
    found = current_staff()
    if found is not None and not found.is_half and request.method == "GET":
        return redirect(_onward(), 303)
    form, status = SignInForm(), 200
    if form.validate_on_submit():
        try:
            made = signing_in.sign_in(
                str(form.email.data),
                str(form.password.data),
                network=network_of(request.remote_addr),
                act=current_act(),
            )
        except Refused as refused:
            form.refuse(refused)
            status = 429 if isinstance(refused, TooManyTries) else 422
        else:
            return _come_in(made)
    return render_template("accounts/sign_in.html", form=form), max(status, form.status)


@bp.route("/personal/logga-in/kod", methods=["GET", "POST"])
@public
def code() -> ResponseReturnValue:
    """The second factor, after the right password."""
    half = current_staff()
    if half is None or not half.is_half:
        return redirect(url_for("accounts.sign_in", **_wish()), 303)
    form, status = CodeForm(), 200
    if form.validate_on_submit():
        try:
            made = signing_in.confirm(
                half, str(form.code.data), network=network_of(request.remote_addr), act=current_act()
            )
        except Refused as refused:
            form.refuse(refused)
            status = 429 if isinstance(refused, TooManyTries) else 422
        else:
            return _come_in(made)
    return render_template("accounts/code.html", form=form, staff_id=half.id), max(status, form.status)


@bp.post("/personal/logga-ut")
@public
def sign_out() -> ResponseReturnValue:
    """End this browser's session. Somebody who is out already is led the same way."""
    if not BaseForm().validate():
        abort(400)
    found = current_staff()
    if found is not None:
        signing_in.end(found.session_id, act=current_act())
    forget()
    answer = redirect(url_for("accounts.sign_in"), 303)
    # What a page of ours has kept on this device, such as the day's list for a place without network, goes too.
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


@bp.route("/personal/losenord", methods=["GET", "POST"])
@public
def ask_for_password() -> ResponseReturnValue:
    """Mail the link to a new password. Always the same answer, whether there is such an account or not."""
    form = AskForPasswordForm()
    if form.validate_on_submit():
        staff.send_reset(str(form.email.data), act=current_act())
        return redirect(url_for("accounts.password_sent"), 303)
    return render_template("accounts/ask_for_password.html", form=form), form.status


@bp.get("/personal/losenord/skickat")
@public
def password_sent() -> ResponseReturnValue:
    """The answer to asking for a new password."""
    return render_template("accounts/password_sent.html")


@bp.route("/personal/losenord/nytt", methods=["GET", "POST"])
@holds_link(Purpose.RESET)
def new_password() -> ResponseReturnValue:
    """A new password, by the mailed link."""
    member = _subject_or_404()
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            return _come_in(staff.reset_password(member.id, str(form.password.data), act=current_act()))
        except Refused as refused:
            form.refuse(refused)
    return render_template("accounts/new_password.html", form=form, member=member), form.status


@bp.route("/personal/inbjudan", methods=["GET", "POST"])
@holds_link(Purpose.INVITE)
def take_invitation() -> ResponseReturnValue:
    """The first password, by the invitation's link."""
    member = _subject_or_404()
    form = InvitationForm(data={"staff_name": member.name})
    if form.validate_on_submit():
        try:
            made = staff.take_invitation(
                member.id, name=str(form.staff_name.data), password=str(form.password.data), act=current_act()
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            return _come_in(made)
    return render_template("accounts/invitation.html", form=form, member=member), form.status


def _come_in(made: NewSession) -> ResponseReturnValue:
    remember(made)
    return redirect(url_for("accounts.code", **_wish()) if made.is_half else _onward(), 303)


def _onward() -> str:
    """Where somebody was going before the door stood in the way (requirement E8)."""
    return local_path(request.args.get("next"), otherwise=url_for("accounts.start"))


def _wish() -> dict[str, Any]:
    wish = local_path(request.args.get("next"), otherwise="")
    return {"next": wish} if wish else {}


def _subject_or_404() -> queries.Member:
    """Whose link this browser holds, the newest one."""
    newest = max(g.links, key=lambda link: link.id)
    member = queries.member(int(newest.subject))
    if member is None or member.closed_at is not None:
        abort(404)
    return member
