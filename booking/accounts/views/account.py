"""The staff's start page, and one's own account: password, second factor, where one is signed in."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from booking.accounts import menu
from booking.accounts.current import current_act, remember
from booking.accounts.forms import ChangePasswordForm, CodeForm, TurnOffForm
from booking.accounts.guards import signed_in, signing_up, this_staff
from booking.accounts.queries import staff as queries
from booking.accounts.rules import codes
from booking.accounts.rules.roles import needs_second_factor
from booking.accounts.services import second_factor as factor
from booking.accounts.services import signing_in, staff
from booking.accounts.views import grounds
from booking.accounts.views.blueprint import bp
from booking.kernel.refusal import Refused
from booking.web.forms import BaseForm
from booking.web.texts import gettext


@bp.get("/personal")
@signed_in
def start() -> ResponseReturnValue:
    """The day, for whom a room above makes it; for others who one is here, and where one may go."""
    if (lent := menu.home()) is not None:
        return lent
    own = this_staff()
    ways = [way for way in menu.links() if not way.is_current]
    return render_template("accounts/start.html", staff=own, posts=grounds.told(own.posts), ways=ways)


@bp.get("/personal/konto")
@signed_in
def account() -> ResponseReturnValue:
    """One's own account."""
    own = this_staff()
    return render_template(
        "accounts/account.html",
        staff=own,
        posts=grounds.told(own.posts),
        sessions=queries.open_sessions(own.id, now=current_act().now),
        codes_left=queries.recovery_codes_left(own.id) if own.has_second_factor else 0,
        has_password=bool((kept := queries.credentials(own.id)) and kept.password_hash),
        form=BaseForm(),
    )


@bp.route("/personal/konto/losenord", methods=["GET", "POST"])
@signed_in
def change_password() -> ResponseReturnValue:
    """Another password; every other browser is signed out."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            made = staff.change_password(
                this_staff(), old=str(form.old.data), new=str(form.password.data), act=current_act()
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            remember(made)
            return redirect(url_for("accounts.account"), 303)
    return render_template("accounts/change_password.html", form=form), form.status


@bp.route("/personal/konto/sessioner", methods=["GET", "POST"])
@signed_in
def end_others() -> ResponseReturnValue:
    """Sign every other browser out."""
    form = BaseForm()
    if form.validate_on_submit():
        signing_in.end_all(this_staff().id, but=this_staff().session_id, act=current_act())
    return _stale() if form.is_stale else redirect(url_for("accounts.account"), 303)


@bp.route("/personal/konto/tvasteg", methods=["GET", "POST"])
@signing_up
def second_factor() -> ResponseReturnValue:
    """What the second factor is; its QR code while it is being set up; how it stands afterwards.

    A right code takes it into use. The answer is the one page that ever shows the recovery codes.
    """
    form = CodeForm()
    if form.validate_on_submit():
        try:
            made = factor.turn_on(this_staff().id, str(form.code.data), act=current_act())
        except Refused as refused:
            form.refuse(refused)
        else:
            return render_template("accounts/recovery_codes.html", codes=made)
    return _second_factor_page(form)


@bp.route("/personal/konto/tvasteg/start", methods=["GET", "POST"])
@signing_up
def prepare_second_factor() -> ResponseReturnValue:
    """Draw the secret that the app is to be told."""
    form = BaseForm()
    if form.validate_on_submit() and not this_staff().has_second_factor:
        factor.prepare(this_staff().id, act=current_act())
    return _stale() if form.is_stale else redirect(url_for("accounts.second_factor"), 303)


@bp.route("/personal/konto/tvasteg/koder", methods=["GET", "POST"])
@signed_in
def renew_recovery_codes() -> ResponseReturnValue:
    """New recovery codes; the old ones end."""
    own, form = this_staff(), BaseForm()
    if not form.validate_on_submit() or not own.has_second_factor:
        return _stale() if form.is_stale else redirect(url_for("accounts.second_factor"), 303)
    made = factor.renew_recovery_codes(own.id, act=current_act())
    return render_template("accounts/recovery_codes.html", codes=made)


@bp.route("/personal/konto/tvasteg/avstangning", methods=["GET", "POST"])
@signed_in
def turn_off_second_factor() -> ResponseReturnValue:
    """Back to the password alone, for roles that may. Asks for the password, since an open screen is no proof."""
    own = this_staff()
    if not own.has_second_factor or needs_second_factor(own.posts):
        return redirect(url_for("accounts.second_factor"), 303)
    form = TurnOffForm()
    if form.validate_on_submit():
        try:
            staff.turn_off_own_second_factor(own, password=str(form.old.data), act=current_act())
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("accounts.account"), 303)
    return render_template("accounts/turn_off.html", form=form), form.status


def _second_factor_page(form: CodeForm) -> ResponseReturnValue:
    own = this_staff()
    nonce = None if own.has_second_factor else queries.totp_nonce(own.id)
    shared = factor.secret(nonce) if nonce else b""
    page = render_template(
        "accounts/second_factor.html",
        form=form,
        staff=own,
        is_demanded=needs_second_factor(own.posts),
        secret=codes.shown(shared) if shared else "",
        drawing=_qr(codes.uri(shared, account=own.email, issuer="Kodplats")) if shared else "",
        codes_left=queries.recovery_codes_left(own.id) if own.has_second_factor else 0,
    )
    return page, form.status


def _qr(address: str) -> Markup:
    """A QR code as an inline drawing: no style, no script, no file of its own that could be kept."""
    import segno  # for few, and seldom

    drawn = segno.make(address, error="m", micro=False).svg_inline(
        scale=5, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=False
    )
    inner = Markup(drawn.removeprefix("<svg "))  # noqa: S704  # segno's own markup: numbers, nothing of the address
    return Markup('<svg role="img" aria-label="{}" {}').format(
        gettext("QR code for the app. The key above says the same."), inner
    )


def _stale() -> ResponseReturnValue:
    return render_template("accounts/stale.html"), 400
