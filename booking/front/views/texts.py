"""Where the administrator writes the texts of the public pages; auditors may look at which there are."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, where
from booking.accounts.rules.roles import Capability
from booking.front import services
from booking.front.forms import TextForm
from booking.front.queries.texts import OwnText, own_text, own_texts
from booking.front.rules import TextChangedMeanwhile, TextPage
from booking.front.views.blueprint import bp
from booking.kernel.refusal import Refused
from booking.web.texts import N_, gettext

# The word in the address, and what the page is called.
PAGES = {
    "om": (TextPage.ABOUT, N_("About us")),
    "tillganglighet": (TextPage.ACCESSIBILITY, N_("Accessibility: what does not work well")),
    "personuppgifter": (TextPage.PRIVACY, N_("Personal data")),
}


@bp.get("/personal/texter")
@requires(Capability.SEE_SETTINGS)
def texts() -> ResponseReturnValue:
    """Which texts are the organisation's own."""
    own = own_texts()
    return render_template(
        "front/texts.html",
        rows=[(word, gettext(title), own.get(page, OwnText())) for word, (page, title) in PAGES.items()],
        may_keep=not where(Capability.KEEP_SETTINGS).is_empty,
    )


@bp.route("/personal/texter/<word>", methods=["GET", "POST"])
@requires(Capability.KEEP_SETTINGS)
def text(word: str) -> ResponseReturnValue:
    """Write one."""
    page, title = PAGES.get(word) or abort(404)
    form = TextForm()
    if request.method == "GET":
        form.show(own_text(page))
    elif form.validate_on_submit():
        try:
            services.write_text(page, sv=form.sv.data, en=form.en.data, version=form.version.data, act=current_act())
        except TextChangedMeanwhile as refused:
            form.refuse(refused)
            saved = TextForm(formdata=None)
            saved.show(own_text(page))
            form.compare(saved)
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("front.texts"), 303)
    return render_template("front/text.html", form=form, title=gettext(title)), form.status
