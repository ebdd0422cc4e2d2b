"""The list of addresses is a promise to links, bookmarks and calendars: it changes on purpose only.

When it should: `python -m tests.house.test_routes > tests/house/routes.txt`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Flask

from booking.app import create_app
from tests.support.database import PROVIDER, close, settings_for

GOLDEN = Path(__file__).with_name("routes.txt")


def routes(app: Flask) -> str:
    """One line for each route: address, methods, guard; sorted by address."""
    lines = [
        f"{rule.rule:55} {' '.join(sorted((rule.methods or set()) - {'HEAD'})):10} "
        f"{getattr(app.view_functions[rule.endpoint], 'guard', 'NO GUARD')}"
        for rule in app.url_map.iter_rules()
    ]
    return "\n".join(sorted(lines)) + "\n"


def _of_the_demo() -> str:
    """Of a demo with single sign-on: all that there can be."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/none.db"
        app = create_app(settings_for(url, instance=Path(folder), mode="demo", **PROVIDER))
        try:
            return routes(app)
        finally:
            close(app)


def test_the_routes_are_those_of_the_golden_file() -> None:
    assert _of_the_demo() == GOLDEN.read_text(encoding="utf-8")


if __name__ == "__main__":
    print(_of_the_demo(), end="")
