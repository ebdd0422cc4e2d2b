"""Static files on the wire: packed for who can unpack them, never mixed up by a cache; calendar files never packed."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

SHEET = "/static/css/parts.css"
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def client(sqlite_app: Flask) -> FlaskClient:
    return sqlite_app.test_client()


def plain(app: Flask, path: str) -> bytes:
    return (Path(app.static_folder or "") / path).read_bytes()


def test_a_style_sheet_is_packed_for_who_can_unpack_it(sqlite_app: Flask, client: FlaskClient) -> None:
    content = plain(sqlite_app, "css/parts.css")

    packed = client.get(SHEET, headers=GZIP)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.mimetype == "text/css"
    assert gzip.decompress(packed.data) == content
    assert len(packed.data) < len(content) / 3
    assert int(packed.headers["Content-Length"]) == len(packed.data)


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br"])
def test_who_cannot_unpack_gets_it_plain(sqlite_app: Flask, client: FlaskClient, accepted: str) -> None:
    content = plain(sqlite_app, "css/parts.css")

    answer = client.get(SHEET, headers={"Accept-Encoding": accepted})

    assert "Content-Encoding" not in answer.headers
    assert answer.data == content
    assert "Accept-Encoding" in answer.vary


def test_a_cache_never_takes_one_form_for_the_other(client: FlaskClient) -> None:
    packed, bare = client.get(SHEET, headers=GZIP), client.get(SHEET)

    tags = [answer.get_etag() for answer in (packed, bare)]
    crossed = client.get(SHEET, headers={**GZIP, "If-None-Match": bare.headers["ETag"]})

    assert "Accept-Encoding" in packed.vary
    assert not any(is_weak for _, is_weak in tags)
    assert len({tag for tag, _ in tags}) == 2
    assert crossed.status_code == 200
    for headers, answer in ((GZIP, packed), ({}, bare)):
        again = client.get(SHEET, headers={**headers, "If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert "Accept-Encoding" in again.vary


def test_a_range_is_cut_from_the_plain_file(sqlite_app: Flask, client: FlaskClient) -> None:
    answer = client.get(SHEET, headers={**GZIP, "Range": "bytes=0-9"})

    assert answer.status_code == 206
    assert "Content-Encoding" not in answer.headers
    assert answer.data == plain(sqlite_app, "css/parts.css")[:10]


def test_a_font_is_packed_already(client: FlaskClient) -> None:
    answer = client.get("/static/fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2", headers=GZIP)

    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("path", ["../booking/settings.py", "css/../../booking/app.css", "css/none.css", "css", "/css"])
def test_nothing_but_static_files_comes_out(client: FlaskClient, path: str) -> None:
    assert client.get(f"/static/{path}", headers=GZIP).status_code in (308, 404)


@pytest.mark.parametrize("path", ["/pass.ics", "/", "/mina/lankar"])
def test_feeds_and_pages_are_never_packed(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=GZIP)

    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
