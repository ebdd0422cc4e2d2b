"""What the clients do: read pages, book by the real form, book at the thin app. Every answer's content is checked."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode

from tests.bench.load import Answer, Script, ask, clock, drive
from tests.bench.thin import ETAG, HELLO, READY, SLOT

HOST = "kodplats.example"
_RUN = secrets.token_hex(3)
_numbers = itertools.count(1)
# As a proxy in front sends them: the product is measured as it runs in production.
PROXIED = f"Host: {HOST}\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nAccept: text/html\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"

Check = Callable[[Answer], bool]


class Wrong(Exception):
    """An answer that is not what it must be: nothing that was measured counts then."""


@dataclass
class Log:
    """The answers of one measurement: how long each took, in seconds, and those that were wrong."""

    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    refs: list[str] = field(default_factory=list)
    """Of bookings: the number in each 303's address."""
    ended: float = 0.0

    def note(self, answer: Answer, check: Check, *, since: float | None = None) -> bool:
        """Keep an answer; whether it was right. `since`: when it was due, if it could not be sent then."""
        self.seconds.append(answer.came - (answer.sent if since is None else since))
        self.ended = answer.came
        if check(answer):
            return True
        self.faults.append(f"{answer.status} {answer.head[:300]!r} {answer.body[-500:]!r}")
        return False

    def insist(self) -> Log:
        """Itself. Raises Wrong when an answer was wrong."""
        if self.faults:
            raise Wrong(f"{len(self.faults)} of {len(self.seconds)} answers were wrong, the first: {self.faults[0]}")
        return self


def get(path: str, headers: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\n{PROXIED}{headers}\r\n".encode()


def post(path: str, form: Iterable[tuple[str, str]], headers: str = "") -> bytes:
    body = urlencode(list(form)).encode()
    head = f"POST {path} HTTP/1.1\r\n{PROXIED}{FORM}{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def alone(request: bytes) -> bytes:
    """The same request on a connection of its own, as the proxies in front make one for each.

    Visitors that are many at once are sent so: whichever worker is free takes the next connection, while sixteen kept
    ones may all have landed at the same worker.
    """
    return request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)


# ---- pages ----


class Page(NamedTuple):
    """A page to fetch and what its answer must hold."""

    request: bytes
    check: Check


THIN_HELLO = Page(get("/hello"), lambda answer: answer.status == 200 and answer.body == HELLO)
THIN_READY = Page(get("/ready"), lambda answer: answer.status == 200 and answer.body == READY)
THIN_UNCHANGED = Page(
    get("/unchanged", f"If-None-Match: {ETAG}\r\n"), lambda answer: answer.status == 304 and not answer.body
)


def list_page(*, total: int) -> Page:
    """The first page of the list: fifty rows of `total` slots, each with its step, and the way to the rest."""

    def check(answer: Answer) -> bool:
        body = answer.body
        return (
            answer.status == 200
            and body.count(b'id="pass-') == 50
            and body.count(b'class="state ') >= 50
            and f"{total}".encode() in body
            and b'rel="next"' in body
            and body.endswith(b"</html>")
        )

    return Page(get("/pass"), check)


def slot_page(slot_id: int, *, title: str) -> Page:
    """A slot's page with its facts and its JSON-LD."""
    parts = (title.encode(), b"application/ld+json", b'class="facts', f"/pass/{slot_id}/bokning".encode())

    def check(answer: Answer) -> bool:
        return answer.status == 200 and all(part in answer.body for part in parts) and answer.body.endswith(b"</html>")

    return Page(get(f"/pass/{slot_id}"), check)


def reader(page: Page, log: Log, *, times: int) -> Script:
    """Fetch a page so many times, one after the other."""
    for _ in range(times):
        log.note((yield from ask(page.request)), page.check)


def steady_readers(page: Page, log: Log, *, a_second: int, seconds: float, count: int) -> list[Script]:
    """Fetch a page at steady instants, whether earlier answers have come or not (up to `count` at once).

    An answer's time counts from the instant when it was due, so that a slow server cannot hide by slowing its readers.
    """
    begin = clock() + 0.2
    due = [begin + number / a_second for number in range(int(a_second * seconds))]

    def one(mine: list[float]) -> Script:
        for instant in mine:
            if instant > clock():
                yield instant
            log.note((yield from ask(alone(page.request))), page.check, since=instant)

    return [one(due[number::count]) for number in range(count)]


# ---- booking at the thin app ----

_RECEIPT = re.compile(r"/booking/([0-9a-f]{8})$")


def thin_family(log: Log, *, until: float) -> Script:
    """Book for two, again and again, each time as somebody else."""
    while clock() < until:
        form = [
            ("name", "Samira Lind"),
            ("email", new_address()),
            ("party", "2"),
            ("slot", str(SLOT)),
            ("key", secrets.token_hex(16)),
        ]
        answer = yield from ask(alone(post("/book", form)))
        if log.note(answer, lambda got: got.status == 303 and bool(_RECEIPT.search(got.header("Location")))):
            log.refs.append(answer.header("Location").rpartition("/")[2])


# ---- booking by the real form ----

_TOKEN = re.compile(rb'name="csrf_token"[^>]* value="([^"]+)"')
_KEY = re.compile(rb'name="nyckel"[^>]* value="([0-9a-f]{32})"')
_BOOKED = re.compile(r"/bokning/([2-9A-Z]{7})\?ny=1$")


class Form(NamedTuple):
    """The booking form as a browser has it open."""

    path: str
    token: str
    cookie: str
    key: str

    def filled(self, *, children: int, email: str, key: str) -> bytes:
        """The request that sends it."""
        named = [("Ada", "9"), ("Bo", "10")][:children]
        party = [
            pair
            for place, (name, age) in enumerate(named, 1)
            for pair in ((f"barn-{place}-namn", name), (f"barn-{place}-alder", age))
        ]
        adult = [("namn", "Samira Lind"), ("epost", email), ("telefon", "070-174 06 05"), ("vuxna", "1"), ("behov", "")]
        hidden = [("csrf_token", self.token), ("nyckel", key)]
        headers = f"Cookie: {self.cookie}\r\nOrigin: https://{HOST}\r\nSec-Fetch-Site: same-origin\r\n"
        return post(self.path, [*hidden, *party, *adult], headers)


def open_forms(port: int, slot_id: int, *, count: int) -> list[Form]:
    """Let so many browsers open the form. Raises Wrong when a page lacks what a browser needs to send it."""
    forms: list[Form] = []

    def browser() -> Script:
        answer = yield from ask(get(f"/pass/{slot_id}/bokning"))
        forms.append(_form(answer, f"/pass/{slot_id}/bokning"))

    drive(port, [browser() for _ in range(count)])
    return forms


def _form(answer: Answer, path: str) -> Form:
    token, key = _TOKEN.search(answer.body), _KEY.search(answer.body)
    cookie = answer.header("Set-Cookie").partition(";")[0]
    if answer.status != 200 or not token or not key or not cookie:
        raise Wrong(f"the form {path}: {answer.status} {answer.head!r} {answer.body[-500:]!r}")
    return Form(path, token[1].decode(), cookie, key[1].decode())


def family(form: Form, log: Log, *, until: float) -> Script:
    """Book for two by the form, again and again, each time as another family with a key and an address of its own."""
    while clock() < until:
        request = form.filled(children=2, email=new_address(), key=secrets.token_hex(16))
        answer = yield from ask(alone(request))
        if log.note(answer, is_booked):
            log.refs.append(ref_of(answer))


def rushing(request: bytes, log: Log, *, at: float) -> Script:
    """Send one booking at that instant, as everybody else does."""
    yield at
    answer = yield from ask(alone(request))
    if log.note(answer, is_booked):
        log.refs.append(ref_of(answer))


def is_booked(answer: Answer) -> bool:
    return answer.status == 303 and bool(_BOOKED.search(answer.header("Location")))


def ref_of(answer: Answer) -> str:
    found = _BOOKED.search(answer.header("Location"))
    return found[1] if found else ""


def new_address() -> str:
    """An e-mail address that nobody has used yet."""
    return f"samira.{_RUN}.{next(_numbers)}@example.org"
