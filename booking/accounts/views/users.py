"""The users' pages of administrators; auditors may look."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.forms import InviteForm, RoleForm
from booking.accounts.guards import requires, this_staff
from booking.accounts.queries import staff as queries
from booking.accounts.rules.roles import Capability, may
from booking.accounts.services import staff
from booking.accounts.views import grounds
from booking.accounts.views.blueprint import bp
from booking.kernel.refusal import Refused
from booking.web.forms import BaseForm
from booking.web.language import current_language


@bp.get("/personal/anvandare")
@requires(Capability.SEE_USERS)
def users() -> ResponseReturnValue:
    """Everybody who may come in, and what for."""
    members = queries.everybody()
    told = iter(grounds.told(post for member in members for _, post in member.posts))
    rows = [(member, [next(told) for _ in member.posts]) for member in members]
    return render_template("accounts/users.html", rows=rows, may_keep=_may_keep())


@bp.route("/personal/anvandare/ny", methods=["GET", "POST"])
@requires(Capability.KEEP_USERS)
def invite() -> ResponseReturnValue:
    """A new colleague: name, address, first role. The letter goes with the same click."""
    known = grounds.all_grounds()
    form = InviteForm(grounds=known)
    if form.validate_on_submit():
        try:
            number = staff.invite(
                str(form.email.data),
                name=str(form.staff_name.data),
                language=current_language(),
                posts=[form.post],
                grounds=known,
                act=current_act(),
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            return _back(number)
    return render_template("accounts/invite.html", form=form), form.status


@bp.get("/personal/anvandare/<int:number>")
@requires(Capability.SEE_USERS)
def user(number: int) -> ResponseReturnValue:
    """One account."""
    return _page(number, BaseForm(formdata=None))


@bp.route("/personal/anvandare/<int:number>/roller", methods=["GET", "POST"])
@requires(Capability.KEEP_USERS)
def give_role(number: int) -> ResponseReturnValue:
    """One more role."""
    known = grounds.all_grounds()
    form = RoleForm(grounds=known)
    return _do(number, form, lambda: staff.give_role(number, form.post, grounds=known, act=current_act()))


@bp.route("/personal/anvandare/<int:number>/roller/<int:role>/borttagning", methods=["GET", "POST"])
@requires(Capability.KEEP_USERS)
def take_role(number: int, role: int) -> ResponseReturnValue:
    """One role less."""
    return _do(number, BaseForm(), lambda: staff.take_role(number, role, act=current_act()))


@bp.route("/personal/anvandare/<int:number>/inbjudan", methods=["GET", "POST"])
@requires(Capability.KEEP_USERS)
def invite_again(number: int) -> ResponseReturnValue:
    """A fresh link for somebody who has not come in yet."""
    return _do(number, BaseForm(), lambda: staff.invite_again(number, act=current_act()))


@bp.route("/personal/anvandare/<int:number>/avstangning", methods=["GET", "POST"])
@requires(Capability.KEEP_USERS)
def close(number: int) -> ResponseReturnValue:
    """Nobody comes in by this account any more, from now on."""
    return _do(number, BaseForm(), lambda: staff.close(number, act=current_act()))


@bp.route("/personal/anvandare/<int:number>/oppning", methods=["GET", "POST"])
@requires(Capability.KEEP_USERS)
def reopen(number: int) -> ResponseReturnValue:
    """Open a closed account again."""
    return _do(number, BaseForm(), lambda: staff.reopen(number, act=current_act()))


@bp.route("/personal/anvandare/<int:number>/tvasteg", methods=["GET", "POST"])
@requires(Capability.KEEP_USERS)
def begin_anew(number: int) -> ResponseReturnValue:
    """The second factor begins anew, for somebody whose phone is gone."""
    return _do(number, BaseForm(), lambda: staff.begin_second_factor_anew(number, act=current_act()))


def _do(number: int, form: BaseForm, verb: Callable[[], object]) -> ResponseReturnValue:
    """One verb about one account, and back to its page; the page again, with the reason, when it was refused.

    Who loads that page again, or changes its language, gets the account's page: looking does nothing.
    """
    _member_or_404(number)
    if request.method == "GET":
        return _back(number)
    if form.validate_on_submit():
        try:
            verb()
        except Refused as refused:
            form.refuse(refused)
        else:
            return _back(number)
    return _page(number, form)


def _page(number: int, form: BaseForm) -> ResponseReturnValue:
    member = _member_or_404(number)
    told = grounds.told(post for _, post in member.posts)
    page = render_template(
        "accounts/user.html",
        member=member,
        roles=[(role_id, said) for (role_id, _), said in zip(member.posts, told, strict=True)],
        form=form,
        role_form=form if isinstance(form, RoleForm) else RoleForm(grounds=grounds.all_grounds(), formdata=None),
        invited_until=queries.invitation_ends(number, now=current_act().now) if member.is_invited else None,
        may_keep=_may_keep(),
        is_self=number == this_staff().id,
    )
    return page, form.status


def _member_or_404(number: int) -> queries.Member:
    return queries.member(number) or abort(404)


def _may_keep() -> bool:
    return may(this_staff().posts, Capability.KEEP_USERS)


def _back(number: int) -> ResponseReturnValue:
    return redirect(url_for("accounts.user", number=number), 303)
