"""Who acts: staff with their roles, secret links, guards, the current act."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from booking.accounts.rules.roles import Ground


def init_app(app: Flask, *, grounds: Callable[[], list[Ground]]) -> None:
    """Register the room's pages. `grounds` tells organisations and places, which stand above this room."""
    from booking.accounts import menu
    from booking.accounts.rules.roles import Capability
    from booking.accounts.views import bp
    from booking.accounts.views.grounds import KEY
    from booking.kernel.refusal import N_

    app.extensions[KEY] = grounds
    app.register_blueprint(bp)
    if app.extensions["kodplats"].oidc_issuer:
        from booking.accounts.views import single_sign_on

        app.register_blueprint(single_sign_on.bp)
    menu.init_app(app)
    menu.offer(
        app,
        menu.Entry("accounts.start", N_("Start"), "house", menu.Part.DAY),
        menu.Entry("accounts.users", N_("Users"), "people", menu.Part.KEEP, Capability.SEE_USERS),
        menu.Entry("accounts.account", N_("My account"), "person", menu.Part.OWN),
    )
