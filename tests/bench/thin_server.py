"""The thin application's gunicorn settings: the product's own, save the hook about the product's database."""

from __future__ import annotations

import runpy

from tests.support.missing import PROJECT

globals().update(
    (name, value)
    for name, value in runpy.run_path(str(PROJECT / "booking" / "deploy" / "gunicorn.conf.py")).items()
    if not name.startswith("_") and name != "post_fork"
)
