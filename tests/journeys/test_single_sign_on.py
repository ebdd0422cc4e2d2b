"""Single sign-on in a real browser: its policies let it go to the provider and come back."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from booking.accounts.services import provider as edge
from booking.app import create_app
from tests.support.database import close, settings_for
from tests.support.oidc import CLIENT_ID, CLIENT_SECRET, Person, running
from tests.support.processes import free_port


@contextmanager
def served(app: Flask, port: int) -> Iterator[None]:
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def test_a_colleague_comes_in_by_the_button_without_a_password(
    browser: Browser, sqlite_url: str, tmp_path: Path
) -> None:
    port = free_port()
    own = f"http://127.0.0.1:{port}"
    with running() as provider:
        edge.forget()
        provider.back = f"{own}/personal/logga-in/extern/svar"
        provider.person = Person("subject-1", email="tove@kommun.example", name="Tove Ek")
        settings = settings_for(
            sqlite_url,
            instance=tmp_path,
            base_url=own,
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT_ID,
            oidc_client_secret=CLIENT_SECRET,
            oidc_domains=("kommun.example",),
        )
        app = create_app(settings)
        # A browser of its own: the watch of the other journeys lets none go to another host.
        context = browser.new_context(locale="sv-SE")
        page, refused = context.new_page(), list[str]()
        page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
        with served(app, port):
            page.goto(f"{own}/personal/konto")
            page.get_by_role("link", name=f"Logga in med {urlsplit(provider.issuer).hostname}").click()

            expect(page).to_have_url(re.compile(f"^{own}/personal/konto$"))
            expect(page.locator("main")).to_contain_text("Tove Ek")
        context.close()
        assert "/authorize" in provider.asked
        assert refused == []
        close(app)
