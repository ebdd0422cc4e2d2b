"""One running site and one browser for all journeys; every page that is opened is watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys import site as sites
from tests.journeys.site import CANARY, Site
from tests.journeys.watching import Watch

WAIT_MS = 15_000


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site for the whole run. When all is over its log must hold nothing that the families have written (F6)."""
    with sites.running(tmp_path_factory.mktemp("site")) as running:
        yield running
        log = running.log()
    for secret in (CANARY, "/l/", "@example"):
        assert secret not in log.casefold(), f"the server's log holds {secret!r}"


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser of its own, with nobody's cookies: a phone of 360 by 740 px, unless told otherwise.

    Afterwards: no other host was asked, the policy stopped nothing, no Referer told of a secret link (E3, E6).
    """
    opened: list[tuple[BrowserContext, Watch]] = []

    def open_one(*, width: int = 360, height: int = 740, **options: Any) -> Page:
        context = browser.new_context(
            base_url=site.server.url,
            viewport={"width": width, "height": height},
            locale="sv-SE",
            timezone_id="Europe/Stockholm",
            **options,
        )
        context.set_default_timeout(WAIT_MS)
        watch = Watch(host=f"127.0.0.1:{site.server.port}")
        watch.over(context)
        opened.append((context, watch))
        return context.new_page()

    yield open_one

    faults = [fault for _, watch in opened for fault in watch.faults()]
    for context, _ in opened:
        context.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A phone."""
    return open_page()
