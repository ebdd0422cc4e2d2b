"""The demo: its content, loaded through the same verbs and importers, and its letter pages."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages, and let the sign-in pages tell the demo's accounts."""
    from booking.demo import accounts
    from booking.demo.views import bp

    app.register_blueprint(bp)
    app.jinja_env.globals.update(demo_accounts=accounts.ACCOUNTS, demo_code=accounts.code_now)
