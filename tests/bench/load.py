"""The load generator: many clients in one thread, each on a raw keep-alive socket of its own.

There are two cores for everything, so a client must cost next to nothing: no HTTP library, no thread, no parsing beyond
status and length. A client is a generator, its script: it yields the bytes of a request and gets the Answer, or yields
an instant of `clock` and goes on when that has come.
"""

from __future__ import annotations

import heapq
import selectors
import socket
from collections.abc import Generator, Iterable
from time import monotonic
from typing import NamedTuple

clock = monotonic

GIVE_UP_SECONDS = 90
_CHUNK = 262_144


class Answer(NamedTuple):
    """What a server answered. Status 0: it cut the line. `sent` and `came` are instants of `clock`."""

    status: int
    head: bytes
    body: bytes
    sent: float
    came: float

    @property
    def seconds(self) -> float:
        return self.came - self.sent

    def header(self, name: str) -> str:
        """The first header of that name; "" without one."""
        mark = f"\r\n{name.lower()}: ".encode()
        at = self.head.lower().find(mark)
        return self.head[at + len(mark) :].split(b"\r\n", 1)[0].decode("latin-1") if at >= 0 else ""


Script = Generator[bytes | float, Answer | None, None]
Turn = Generator[bytes | float, Answer | None, Answer]
"""A part of a script: `answer = yield from ask(request)`."""


class Stuck(Exception):
    """Some clients were still waiting when time was up: a server that hangs must not hang the benchmark."""


def ask(request: bytes) -> Turn:
    """Send a request and wait for its answer."""
    answer = yield request
    assert answer is not None
    return answer


def drive(port: int, scripts: Iterable[Script]) -> None:
    """Run the scripts, all at once, until each has ended. Raises Stuck, and whatever a script raises."""
    with selectors.DefaultSelector() as selector:
        waiting: list[tuple[float, int, _Client]] = []
        clients = [_Client(number, port, script, selector) for number, script in enumerate(scripts)]
        try:
            for client in clients:
                client.connect()
            for client in clients:
                client.go_on(None, waiting)
            _run(selector, waiting)
        finally:
            for client in clients:
                client.close()


def _run(selector: selectors.BaseSelector, waiting: list[tuple[float, int, _Client]]) -> None:
    end = clock() + GIVE_UP_SECONDS
    while waiting or selector.get_map():
        now = clock()
        if now > end:
            raise Stuck(f"{len(selector.get_map())} clients still wait for an answer")
        while waiting and waiting[0][0] <= now:
            heapq.heappop(waiting)[2].go_on(None, waiting)
        for key, _ in selector.select(max(0.0, waiting[0][0] - clock()) if waiting else 1.0):
            key.data.receive(waiting)


class _Client:
    """One script with its connection; in the selector while it waits for an answer."""

    def __init__(self, number: int, port: int, script: Script, selector: selectors.BaseSelector) -> None:
        self._number, self._port, self._script, self._selector = number, port, script, selector
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._whole = 0
        self._sent = 0.0

    def connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=GIVE_UP_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def go_on(self, answer: Answer | None, waiting: list[tuple[float, int, _Client]]) -> None:
        """Let the script take its next step."""
        try:
            step = self._script.send(answer)
        except StopIteration:
            self.close()
            return
        if isinstance(step, bytes):
            self._send(step)
        else:
            heapq.heappush(waiting, (step, self._number, self))

    def _send(self, request: bytes) -> None:
        # A server closes what was idle for some seconds; a browser then opens a new connection, and so do we.
        if self._socket is None or _is_closed(self._socket):
            self.close()
            self.connect()
        assert self._socket is not None
        self._buffer, self._whole, self._sent = b"", 0, clock()
        self._socket.sendall(request)
        self._selector.register(self._socket, selectors.EVENT_READ, self)

    def receive(self, waiting: list[tuple[float, int, _Client]]) -> None:
        """Take what has come; once the answer is whole, let the script go on with it."""
        assert self._socket is not None
        try:
            chunk = self._socket.recv(_CHUNK)
        except OSError:
            chunk = b""
        self._buffer += chunk
        if chunk and not self._is_whole():
            return
        self._selector.unregister(self._socket)
        self.go_on(self._answer(is_cut=not chunk), waiting)

    def _is_whole(self) -> bool:
        if not self._whole:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return False
            self._whole = end + 4 + _body_length(self._buffer[:end])
        return len(self._buffer) >= self._whole

    def _answer(self, *, is_cut: bool) -> Answer:
        came = clock()
        if is_cut:
            self.close()
            return Answer(0, b"", b"", self._sent, came)
        head, _, body = self._buffer.partition(b"\r\n\r\n")
        if b"\r\nconnection: close" in head.lower():
            self.close()
        return Answer(int(head[9:12]), head, body, self._sent, came)


def _body_length(head: bytes) -> int:
    """As the Content-Length says; only a 304 comes without one."""
    lowered = head.lower()
    at = lowered.find(b"\r\ncontent-length:")
    if at < 0:
        if b" 304 " in lowered[:16]:
            return 0
        raise AssertionError(f"an answer without a length: {head!r}")
    return int(lowered[at + 17 :].split(b"\r\n", 1)[0])


def _is_closed(connection: socket.socket) -> bool:
    """Whether the other side has closed an idle connection: then it can be read, and nothing comes."""
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(GIVE_UP_SECONDS)
