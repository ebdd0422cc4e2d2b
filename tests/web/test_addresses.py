"""Addresses that lead off this site are not followed (requirement E8)."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask

from booking.web.addresses import local_path

TRICKS = [
    "//e.se",
    "///e.se",
    "////e.se",
    "/\\e.se",
    "\\\\e.se",
    "\\/e.se",
    "https:e.se",
    "https://e.se",
    "http:///e.se",
    "/%09/e.se",
    "/\t/e.se",
    "/%5ce.se",
    "/%5Ce.se",
    "/%2fe.se",
    "%2f%2fe.se",
    "javascript:1",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "https://ok.se@e.se",
    "//ok.se@e.se",
    "e.se",
    "./e.se",
    "../e.se",
    "?next=//e.se",
    "/\r\nSet-Cookie: a=b",
    "/%0d%0aSet-Cookie: a=b",
    "/\u2028/e.se",
    " //e.se",
    "\x00//e.se",
    "/ /e.se",
    "",
    None,
    "/" + "a" * 5000,
]


@pytest.mark.parametrize("wish", TRICKS)
def test_a_trick_ends_at_home(wish: str | None) -> None:
    taken = local_path(wish, otherwise="/pass")

    where = urlsplit(urljoin("https://kodplats.example/personal/in", taken))
    assert where.netloc == "kodplats.example"
    assert taken == "/pass"


@pytest.mark.parametrize(
    "wish", ["/", "/pass", "/pass?q=a%20b", "/en/pass/12#kon", "/bibliotek/%C3%A5hus", "/pass?var=ahus&alder=9"]
)
def test_a_path_of_ours_is_followed(wish: str) -> None:
    assert local_path(wish) == wish


@pytest.mark.parametrize("number", ["0", "99999999999999999999", "9223372036854775808", "-1", "1.0", "٧", "1e3", "0x1"])
@pytest.mark.parametrize("tail", ["", "/bokning", ".ics"])
def test_a_number_that_no_row_can_have_leads_nowhere(sqlite_app: Flask, number: str, tail: str) -> None:
    assert sqlite_app.test_client().get(f"/pass/{number}{tail}").status_code == 404


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("/bibliotek/", "/bibliotek"),
        ("/pass/1/?a=%C3%A5", "/pass/1?a=%C3%A5"),
        ("/en/bokbussen/", "/en/bokbussen"),
        ("/pass.ics/", "/pass.ics"),
        ("/bibliotek//", "/bibliotek"),
        ("/finns-inte/", None),
        ("//bibliotek/", "/bibliotek"),
        ("//evil.example/bibliotek/", None),
        ("/EN/", None),
        ("/EN", None),
        ("/en/en/", None),
    ],
)
def test_a_slash_too_many_leads_to_the_page_and_nowhere_else(sqlite_app: Flask, asked: str, answer: str | None) -> None:
    # The path as a server hands it over: a test client would take "//" for a host.
    path, _, query = asked.partition("?")
    response = sqlite_app.test_client().open("/", environ_overrides={"PATH_INFO": path, "QUERY_STRING": query})

    assert (response.status_code, response.headers.get("Location")) == ((301, answer) if answer else (404, None))


def test_a_form_with_a_slash_too_many_is_not_sent_elsewhere(sqlite_app: Flask) -> None:
    assert sqlite_app.test_client().post("/mina/lankar/").status_code == 404
