"""What a page costs a family on a slow line: bytes, and words that jump while one reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page

from tests.journeys.site import Site

BUDGET = 60_000
# A bus stop in the woods: 400 kbit/s and 300 ms there and back.
SLOW = {"offline": False, "latency": 300, "downloadThroughput": 50_000, "uploadThroughput": 50_000}

# The sum of all shifts since the page began; a wait, since the font may come after everything else.
_SHIFTS = """() => new Promise(answer => {
    let sum = 0;
    new PerformanceObserver(list => list.getEntries().forEach(one => sum += one.value))
        .observe({type: "layout-shift", buffered: true});
    document.fonts.ready.then(() => setTimeout(() => answer(sum), 150));
})"""


def devtools(page: Page) -> CDPSession:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    return session


@pytest.mark.parametrize("path", ["/", "/en/", "/bokbussen", "/bibliotek", "/pass?vy=vecka", "open", "open/bokning"])
def test_a_page_with_all_it_needs_but_the_font_is_light_on_the_wire(
    site: Site, open_page: Callable[..., Page], path: str
) -> None:
    page = open_page()
    wire = devtools(page)
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def came(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"]

    def ended(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"]

    wire.on("Network.responseReceived", came)
    wire.on("Network.loadingFinished", ended)
    page.goto(path if path.startswith("/") else site.page_of("open") + path.removeprefix("open"), wait_until="load")
    page.evaluate("document.fonts.ready")

    counted = {kinds[number]: 0 for number in sizes}
    for number, size in sizes.items():
        counted[kinds[number]] += size
    assert counted["Document"] > 1_000
    assert counted["Stylesheet"] < 13_000
    assert sum(size for kind, size in counted.items() if kind != "Font") <= BUDGET, counted
    assert counted["Font"] < 40_000


@pytest.mark.parametrize("width", [360, 1280])
def test_on_a_slow_line_nothing_moves_under_the_thumb(site: Site, open_page: Callable[..., Page], width: int) -> None:
    for address in ("/bibliotek", f"{site.page_of('open')}/bokning"):
        page = open_page(width=width)
        devtools(page).send("Network.emulateNetworkConditions", SLOW)
        page.goto(address)

        assert page.evaluate(_SHIFTS) < 0.001, address


def test_a_shift_is_measured(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto("/om")
    page.evaluate("""() => new Promise(done => requestAnimationFrame(() => {
        document.querySelector("main").prepend(Object.assign(document.createElement("div"), {style: "height: 300px"}));
        setTimeout(done, 100);
    }))""")

    assert page.evaluate(_SHIFTS) > 0.05
