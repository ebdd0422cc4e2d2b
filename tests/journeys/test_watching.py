"""The watch over the journeys notices what it is there for: a watch that never barks proves nothing."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser, Page

from tests.journeys.site import Site
from tests.journeys.steps import history
from tests.journeys.watching import Watch


def test_the_watch_notices_other_hosts_stopped_styles_broken_scripts_and_telling_referers(
    site: Site, browser: Browser
) -> None:
    context = browser.new_context()
    watch = Watch(host=f"127.0.0.1:{site.server.port}")
    watch.over(context)
    page = context.new_page()

    page.goto(site.address("/om"))
    assert watch.faults() == []

    page.evaluate("""() => {
        document.body.append(Object.assign(document.createElement("style"), {textContent: "p { color: red }"}));
        setTimeout(() => { throw new Error("broken on purpose"); });
    }""")
    page.route("https://elsewhere.example/", lambda route: route.fulfill(body=""))
    page.goto("https://elsewhere.example/")
    page.goto(site.address("/om"), referer=site.address("/l/secret"))

    kinds = [fault.partition(":")[0] for fault in watch.faults()]
    context.close()
    assert kinds == ["asked another host", "stopped by the policy", "a script broke", "a Referer tells of a link"]


def test_a_page_that_is_reached_by_a_link_never_tells_where_it_was(site: Site, open_page: Callable[..., Page]) -> None:
    page = open_page()

    page.goto("/mina/lankar")
    answer = page.goto("/l/no-such-link")

    assert answer is not None
    assert answer.status == 404
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert history(page)[-1].endswith("/l/no-such-link")  # what a page at such an address would leave behind
    with page.expect_request("**/pass") as asked:
        page.evaluate("location.href = '/pass'")
    assert "referer" not in asked.value.all_headers()
