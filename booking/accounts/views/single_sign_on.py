"""The other way in: to the provider of single sign-on and back. The pages exist where a provider is set up alone.

The way there begins with a link, not with a form: Content-Security-Policy's form-action holds for the redirects of a
form, too, so a browser would not follow one to another host.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act, current_staff, remember
from booking.accounts.forms import ConnectForm
from booking.accounts.guards import living_links, public, signed_in, this_staff
from booking.accounts.queries import staff as queries
from booking.accounts.rules import Purpose
from booking.accounts.rules.provider import BegunElsewhere, Errand, NotTrusted, ProviderAway, TurnedBack
from booking.accounts.services import provider, single_sign_on
from booking.accounts.services.signing_in import NewSession
from booking.kernel import token as tokens
from booking.kernel.refusal import Refused
from booking.settings import current
from booking.web.addresses import local_path
from booking.web.errors import explain
from booking.web.forms import BaseForm

bp = Blueprint("single_sign_on", __name__)

_JOURNEY, _MAY_CONNECT = "journey", "may_connect"
_LASTS = dt.timedelta(minutes=15)
_STATUS: dict[type[Refused], int] = {ProviderAway: 503, BegunElsewhere: 400, NotTrusted: 400, TurnedBack: 400}


class Journey(NamedTuple):
    """What this browser remembers while somebody is at the provider."""

    nonce: bytes
    errand: Errand
    onward: str


@bp.get("/personal/logga-in/extern")
@public
def begin() -> ResponseReturnValue:
    """On to the provider; what for is remembered in this browser's session. Changes nothing else."""
    errand = _errand()
    staff = current_staff()
    if errand is Errand.COME_IN and staff is not None and not staff.is_half:
        return redirect(_onward(), 303)
    nonce = current_act().new_code(tokens.NONCE_BYTES)
    try:
        address = provider.way_there(nonce, back=_back(), now=current_act().now)
    except Refused as refused:
        return _failed(refused, errand)
    session[_JOURNEY] = [nonce.hex(), errand.value, _onward(), int(current_act().now.timestamp())]
    return redirect(address, 303)


@bp.get("/personal/logga-in/extern/svar")
@public
def answer() -> ResponseReturnValue:
    """Back from the provider: judge the answer, then do what was set out for."""
    journey = _journey_of(request.args.get("state", ""))
    errand = journey.errand if journey else Errand.COME_IN
    try:
        if journey is None:
            raise BegunElsewhere
        return _arrive(journey)
    except Refused as refused:
        return _failed(refused, errand)


@bp.route("/personal/konto/anslutning", methods=["GET", "POST"])
@signed_in
def connect() -> ResponseReturnValue:
    """Let the account be opened by the provider, too. Asks for the password, since an open screen is no proof."""
    own, form = this_staff(), ConnectForm()
    if form.validate_on_submit():
        try:
            single_sign_on.check_password(own, str(form.old.data))
        except Refused as refused:
            form.refuse(refused)
        else:
            session[_MAY_CONNECT] = [own.session_id, int(current_act().now.timestamp())]
            return redirect(url_for("single_sign_on.connect"), 303)
    is_ready = _may_connect()
    is_connected = queries.is_connected(own.id, current().oidc_issuer)
    page = render_template("accounts/connect.html", form=form, is_ready=is_ready, is_connected=is_connected)
    return page, form.status


@bp.route("/personal/konto/anslutning/borttagning", methods=["GET", "POST"])
@signed_in
def disconnect() -> ResponseReturnValue:
    """The password alone again."""
    form = BaseForm()
    if request.method == "GET":
        return redirect(url_for("single_sign_on.connect"), 303)
    if form.validate_on_submit():
        try:
            single_sign_on.disconnect(this_staff().id, act=current_act())
        except Refused as refused:
            return _failed(refused, Errand.CONNECT)
        return redirect(url_for("accounts.account"), 303)
    return render_template("accounts/stale.html"), 400


def _arrive(journey: Journey) -> ResponseReturnValue:
    act = current_act()
    claimed = provider.who_came(request.args, nonce=journey.nonce, back=_back(), now=act.now)
    if journey.errand is Errand.CONNECT:
        if not _may_connect():
            raise BegunElsewhere
        session.pop(_MAY_CONNECT, None)
        single_sign_on.connect(this_staff().id, claimed, act=current_act())
        return redirect(url_for("single_sign_on.connect"), 303)
    if journey.errand is Errand.INVITATION:
        return _inside(single_sign_on.take_invitation(_invited(), claimed, act=act), journey)
    return _inside(single_sign_on.come_in(claimed, act=act), journey)


def _inside(made: NewSession, journey: Journey) -> ResponseReturnValue:
    remember(made)
    if made.is_half:
        return redirect(url_for("accounts.code", next=journey.onward), 303)
    return redirect(journey.onward, 303)


def _errand() -> Errand:
    """What a link asks for; what the browser may not do is no page."""
    try:
        errand = Errand(request.args.get("for", Errand.COME_IN))
    except ValueError:
        abort(404)
    if errand is Errand.CONNECT and not _may_connect():
        abort(404)
    if errand is Errand.INVITATION:
        _invited()
    return errand


def _journey_of(sent: str) -> Journey | None:
    """The journey whose state came back. It ends with this look: an answer that is shown again finds none."""
    kept: Any = session.pop(_JOURNEY, None)
    if not isinstance(kept, list) or len(kept) != 4:
        return None
    nonce, errand, onward, began = bytes.fromhex(kept[0]), Errand(kept[1]), str(kept[2]), int(kept[3])
    if not _is_fresh(began) or not provider.is_state(sent, nonce):
        return None
    return Journey(nonce, errand, onward)


def _may_connect() -> bool:
    """Whether the password was given lately, in the session that still is."""
    kept: Any = session.get(_MAY_CONNECT)
    staff = current_staff()
    if staff is None or staff.is_half or not isinstance(kept, list):
        return False
    return bool(kept[0] == staff.session_id and _is_fresh(int(kept[1])))


def _is_fresh(began: int) -> bool:
    return 0 <= int(current_act().now.timestamp()) - began <= _LASTS.total_seconds()


def _invited() -> int:
    """Whose invitation this browser holds, the newest one; without any there is no such page."""
    held = [link for link in living_links() if link.purpose is Purpose.INVITE]
    if not held:
        abort(404)
    return int(max(held, key=lambda link: link.id).subject)


def _failed(refused: Refused, errand: Errand) -> ResponseReturnValue:
    """A page that says why nobody came in, and the ways on from there."""
    page = render_template("accounts/provider_failed.html", said=explain(refused), errand=errand.value)
    status = next((code for kind, code in _STATUS.items() if isinstance(refused, kind)), 403)
    return (page, status, {"Retry-After": "30"}) if status == 503 else (page, status)


def _onward() -> str:
    return local_path(request.args.get("next"), otherwise=url_for("accounts.start"))


def _back() -> str:
    """Where the provider sends browsers back to: the one address that is registered there, in no language."""
    return current().base_url + "/personal/logga-in/extern/svar"
