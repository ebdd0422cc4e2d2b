"""The checking client sees each fault that it promises to see: a checker that says yes to everything helps nobody."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.typing import ResponseReturnValue

from booking.web.headers import CSP
from tests.page import visit

GOOD = """<!doctype html>
<html lang="sv"><head><meta name="viewport" content="width=device-width"><title>Prov – Kodplats</title></head>
<body><main id="innehall"><h1>Prov</h1><p>Text</p>
<form method="post" action="/mina/lankar"><input type="hidden" name="csrf_token" value="x">
<label for="namn">Namn</label><input id="namn" name="namn" aria-describedby="tips"><span id="tips">Tips</span>
<button>Skicka</button></form><a href="/pass?q=1">Pass</a><a href="#innehall">Upp</a>
<img src="/static/img/logo.svg" alt="">
</main></body></html>"""


@pytest.fixture
def shown(sqlite_app: Flask) -> dict[str, str]:
    """`/prov` shows what stands under "html"."""
    page = {"html": GOOD}

    def show() -> ResponseReturnValue:
        return page["html"]

    sqlite_app.add_url_rule("/prov", "prov", show)
    return page


def test_a_good_page_passes(sqlite_app: Flask, shown: dict[str, str]) -> None:
    page = visit(sqlite_app.test_client(), "/prov")

    assert (page.heading, page.title, page.links["Pass"]) == ("Prov", "Prov – Kodplats", "/pass?q=1")
    assert page.forms[0].fields == {"csrf_token": "x", "namn": ""}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<!doctype html>", "", "doctype"),
        ('lang="sv"', 'lang="en"', "lang"),
        ("<title>Prov – Kodplats", "<title> – Kodplats", "title"),
        ("<h1>Prov</h1>", "", "h1"),
        ("<h1>Prov</h1>", "<h1>Prov</h1><h1>Prov</h1>", "h1"),
        ("<h1>Prov</h1>", "<h1></h1>", "h1"),
        ('name="viewport"', 'name="x"', "viewport"),
        ('<span id="tips">', '<span id="namn">', "2 times"),
        ('id="tips"', 'id="x"', "'tips'"),
        ('for="namn"', 'for="x"', "label"),
        ('<label for="namn">Namn</label>', "", "no label"),
        ('name="csrf_token" value="x"', 'name="csrf_token" value=""', "token"),
        ("<button>Skicka</button>", "", "button"),
        ('<a href="#innehall">', '<a href="#x">', "#x"),
        ('href="/pass?q=1"', 'href="/finns-inte"', "nowhere"),
        ('href="/pass?q=1"', 'href="javascript:alert(1)"', "javascript"),
        ('action="/mina/lankar"', 'action="/pass"', "nowhere"),
        ("/static/img/logo.svg", "/static/img/x.svg", "nowhere"),
        ("/static/img/logo.svg", "https://e.example/x.svg", "another host"),
        (' alt=""', "", "alt"),
        ("<p>Text</p>", '<p style="color:red">Text</p>', "inline style"),
        ("<p>Text</p>", "<style>p{}</style>", "inline style"),
        ("<p>Text</p>", "<script>alert(1)</script>", "inline script"),
        ("<p>Text</p>", "<p onclick='x()'>Text</p>", "onclick"),
        ("<p>Text</p>", "<svg><path/></svg>", "svg"),
        ("<p>Text</p>", "<p>{{ name }}</p>", "{{"),
        ("<p>Text</p>", "<p>%(num)s kvar</p>", "%("),
        ("<p>Text</p>", "<p>None</p>", "None"),
        ("<p>Text</p>", "<p>Text", "</main>"),
        ("<p>Text</p>", "<p class=a class=b>Text</p>", "twice"),
        ("<p>Text</p>", '<div class="summary" role="alert"><ul><li><a href="#namn">Namn</a></li></ul></div>', "title"),
        ("<p>Text</p>", "<p>You get this letter because you booked with us.</p>", "not translated"),
    ],
)
def test_each_fault_is_seen(sqlite_app: Flask, shown: dict[str, str], old: str, new: str, said: str) -> None:
    assert old in GOOD
    shown["html"] = GOOD.replace(old, new)

    with pytest.raises(AssertionError, match=re.escape(said)):
        visit(sqlite_app.test_client(), "/prov")


def test_a_wrong_status_is_seen(sqlite_app: Flask, shown: dict[str, str]) -> None:
    with pytest.raises(AssertionError, match="status 200 instead of 404"):
        visit(sqlite_app.test_client(), "/prov", status=404)


def test_a_missing_policy_is_seen(sqlite_app: Flask, shown: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.page.CSP", CSP + " x")

    with pytest.raises(AssertionError, match="policy"):
        visit(sqlite_app.test_client(), "/prov")
