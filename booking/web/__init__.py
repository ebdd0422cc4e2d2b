"""Page furniture: forms and fields, headers, errors, filters, language."""

from __future__ import annotations

from flask import Flask

from booking.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Sessions, headers, error pages, language and filters for every page."""
    from booking.web import setup

    setup.init_app(app, settings)
