"""Browsers without a screen: they fetch the real form from a real server, fill it in and send it."""

from __future__ import annotations

import http.client
import re
import time
from html import unescape
from http.cookies import SimpleCookie
from typing import NamedTuple
from urllib.parse import urlencode

_HIDDEN = re.compile(r"<input[^>]*>")
_ATTRIBUTE = re.compile(r'(name|value|type)="([^"]*)"')
TYPE = "application/x-www-form-urlencoded"


class Answer(NamedTuple):
    """What the server said, and when it was asked and had answered (monotonic seconds)."""

    status: int
    location: str
    body: str
    sent: float
    answered: float

    @property
    def ref(self) -> str:
        """The number of the booking that the answer leads to; "" when it leads to none."""
        found = re.fullmatch(r"/bokning/([^/?]+)(\?.*)?", self.location)
        return found[1] if found else ""


class Visitor:
    """One browser with its cookies. `address` is what the trusted proxy says of it."""

    def __init__(self, port: int, *, address: str = "192.0.2.1", cookies: dict[str, str] | None = None) -> None:
        self.port, self.address = port, address
        self.cookies = dict(cookies or {})

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, "")

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        return self._ask("POST", path, urlencode(fields))

    def fill_in(self, slot_id: int, *, email: str, children: int = 1, **others: str) -> dict[str, str]:
        """Fetch the booking form and fill it in: its hidden fields as they came, children of nine."""
        page = self.get(f"/pass/{slot_id}/bokning")
        assert page.status == 200, page
        names = ("Ada", "Bo", "Cleo", "Disa", "Elis", "Frej")
        party = {f"barn-{place}-namn": names[place - 1] for place in range(1, children + 1)}
        ages = {f"barn-{place}-alder": "9" for place in range(1, children + 1)}
        adult = {"namn": "Samira", "epost": email, "telefon": "070-123 45 67", "vuxna": "1", "behov": ""}
        return {**hidden_fields(page.body), **party, **ages, **adult, **others}

    def book(self, slot_id: int, fields: dict[str, str]) -> Answer:
        return self.post(f"/pass/{slot_id}/bokning", fields)

    def _ask(self, method: str, path: str, body: str) -> Answer:
        headers = {"X-Forwarded-For": self.address, "Connection": "close"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body:
            headers["Content-Type"] = TYPE
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            sent = time.monotonic()
            connection.request(method, path, body or None, headers)
            response = connection.getresponse()
            text = response.read().decode()
            answered = time.monotonic()
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie") or []:
            self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
        return Answer(response.status, response.headers.get("Location") or "", text, sent, answered)


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of a page's form: its token and its key."""
    inputs = [dict(_ATTRIBUTE.findall(tag)) for tag in _HIDDEN.findall(page)]
    return {field["name"]: unescape(field.get("value", "")) for field in inputs if field.get("type") == "hidden"}
