"""A line that breaks: a TCP proxy that delivers the request and drops the connection before the answer."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum


class Cut(Enum):
    """When the line breaks: with the request on its way, or with the answer back at the proxy, where it ends."""

    AFTER_REQUEST = "after request"
    BEFORE_ANSWER = "before answer"


class CuttingProxy:
    """Stands before a server; `cut` says how its next connections end."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.cut = Cut.BEFORE_ANSWER
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]

    def serve(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return  # closed
            with client:
                self._carry(client)

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _carry(self, client: socket.socket) -> None:
        request = _whole_request(client)
        with socket.create_connection(("127.0.0.1", self.upstream)) as server:
            server.sendall(request)
            if self.cut is Cut.BEFORE_ANSWER:
                while server.recv(65536):
                    pass
            # Closing with linger 0 sends a reset: the browser shows an error page, not an empty one.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _whole_request(client: socket.socket) -> bytes:
    read = b""
    while b"\r\n\r\n" not in read:
        read += client.recv(65536)
    head, _, body = read.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while len(body) < int(lengths[0] if lengths else 0):
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def cutting(upstream: int) -> Iterator[CuttingProxy]:
    """The proxy, running in a thread of its own."""
    proxy = CuttingProxy(upstream)
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join(10)
