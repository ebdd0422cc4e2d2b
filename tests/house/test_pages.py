"""Every page of the site, in both languages, keeps every promise of `tests.page`."""

from __future__ import annotations

import pytest

from booking.web.language import LANGUAGES, PREFIXES
from tests.house.world import World, routes
from tests.page import visit

FEEDS = (".ics", ".atom", ".json")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_keeps_every_promise(demo_world: World, language: str) -> None:
    seen = 0
    for rule, method in routes(demo_world.app):
        if method != "GET" or rule.endpoint.startswith(("static", "web.")) or rule.rule.endswith(FEEDS):
            continue
        if rule.endpoint == "demo.letter_html" and language != "sv":
            continue  # a letter speaks its reader's language wherever it is shown
        client = demo_world.reader(rule.endpoint)
        visit(client, PREFIXES.get(language, "") + demo_world.path(rule.endpoint, rule.arguments))
        seen += 1

    assert seen > 20


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_that_is_sent_empty_says_what_is_missing(demo_world: World, language: str) -> None:
    """An empty form is answered by its own page, with a summary whose links lead to fields, and changes nothing."""
    for path in (
        f"/pass/{demo_world.slot.id}/bokning",
        f"/bokning/{demo_world.samira}/barn",
        "/mina/lankar",
        "/bevakningar/ny",
        f"/pass/{demo_world.soon.id}/oppnar",
    ):
        page = visit(demo_world.client("own"), PREFIXES.get(language, "") + path)
        form = page.forms[0]
        emptied = {name: "" for name in form.fields if name not in ("csrf_token", "nyckel")}

        refused = page.submit(form, emptied, status=422)

        assert refused.errors
        for field, text in refused.errors:
            assert text
            assert refused.by_id(field).get("aria-invalid") == "true" or refused.by_id(field).tag == "fieldset"


def test_each_page_leads_to_itself_in_the_other_language(demo_world: World) -> None:
    for rule, method in routes(demo_world.app):
        if method != "GET" or rule.endpoint.startswith(("static", "web.", "accounts.", "demo.")):
            continue
        if rule.rule.endswith(FEEDS):
            continue
        client = demo_world.reader(rule.endpoint)
        path = demo_world.path(rule.endpoint, rule.arguments)
        if client.get(path).status_code == 303:
            continue  # of a button: it leads back to a page that comes here, too

        assert visit(client, path).links["English"] == f"/en{path}".removesuffix("/") or path == "/"
        assert visit(client, f"/en{path}").links["Svenska"] == path


def test_no_page_is_heavy(demo_world: World) -> None:
    """The budget of a public page: 60 kB without its font (design, section 7), counted before compression."""
    client = demo_world.client("stranger")
    for path in (
        "/",
        "/pass",
        f"/pass/{demo_world.slot.id}",
        f"/pass/{demo_world.slot.id}/bokning",
        "/bibliotek",
        "/kalendrar",
    ):
        page = visit(client, path)
        files = [link.get("href") for link in page.root.all("link") if link.get("rel") in ("stylesheet", "icon")]
        files += [element.get("src") for element in page.root.all("script", "img") if element.get("src")]

        assert len(page.html.encode()) + sum(len(client.get(file).data) for file in set(files)) < 60_000, path
