"""Serving pages with waitress and letters with the worker, until TERM or INT."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import click
from flask import Flask

from booking.cli.program import Program
from booking.kernel.act import system_act
from booking.settings import Settings, load, load_demo

THREADS = 8
# The application's own limit is far lower and answers politely; what is larger than this meets waitress alone.
LARGEST_BODY = 4_000_000
LARGEST_HEADERS = 32_768
SILENT_SECONDS = 30
# How long requests that are under way may take to end, and the worker's letter in hand, in seconds.
DRAIN_SECONDS = 10
WORKER_SECONDS = 10
_TURN_SECONDS = 0.5


def serve(program: Program, *, demo: bool, host: str, port: int) -> None:
    """Make what is missing, then serve until told to stop. The port is taken first: nothing is made for a taken one."""
    _log()
    with _listening(host, port) as door:
        settings = _demo_settings(host=host, port=port) if demo else load()
        app = program.create_app(settings)
        _prepare(program, app)
        stopping = threading.Event()
        helper = _start_worker(app, stopping)
        try:
            _serve(app, door, stopping, lambda: _tell(settings, host=host, port=port))
        finally:
            stopping.set()
            helper.join(WORKER_SECONDS)


def work(app: Flask) -> None:
    """The worker alone, in this process, until told to stop."""
    from booking.cli import working

    _log()
    stopping = threading.Event()
    _on_signals(stopping.set)
    working.run(app, stopping)


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that holds the port. One line when it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as fault:
        raise click.ClickException(f"{host} is not an address of this machine: {fault.strerror}") from fault
    with socket.socket(family, kind, protocol) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(address)
            door.listen()  # from now on nobody else gets the port, and whoever calls waits until we answer
        except OSError as fault:
            raise click.ClickException(
                f"Cannot listen on {host} port {port}: {fault.strerror}. "
                "Stop the other program or choose another port with --port."
            ) from fault
        yield door


def _demo_settings(*, host: str, port: int) -> Settings:
    """The demo's settings. Unless they say otherwise, links in letters lead to where it is served."""
    settings = load_demo()
    if settings.base_url == Settings.base_url:
        settings = replace(settings, base_url=_address(host, port))
    return settings


def _prepare(program: Program, app: Flask) -> None:
    with app.app_context():
        from booking.settings import current
        from booking.store import db, migrating

        if not migrating.is_current(db.engine):
            migrating.upgrade(db.engine)
        if current().is_demo:
            click.echo(program.load_demo(system_act("demo")))
        db.session.remove()


def _start_worker(app: Flask, stopping: threading.Event) -> threading.Thread:
    from booking.cli import working

    helper = threading.Thread(target=working.run, args=(app, stopping), name="worker", daemon=True)
    helper.start()
    return helper


def _serve(app: Flask, door: socket.socket, stopping: threading.Event, ready: Callable[[], None]) -> None:
    """Answer requests until `stopping`; then take no more, and let those that are under way end."""
    from waitress import wasyncore
    from waitress.server import create_server

    channels: dict[int, Any] = {}
    server: Any = create_server(
        app,
        map=channels,
        sockets=[door],
        threads=THREADS,
        ident=None,
        max_request_body_size=LARGEST_BODY,
        max_request_header_size=LARGEST_HEADERS,
        channel_timeout=SILENT_SECONDS,
    )

    def stop() -> None:
        stopping.set()
        server.pull_trigger()  # wakes the loop below

    _on_signals(stop)
    ready()
    while not stopping.is_set():
        wasyncore.loop(timeout=_TURN_SECONDS, use_poll=True, map=channels, count=1)
    server.del_channel(channels)
    server.socket.close()
    for _ in range(int(DRAIN_SECONDS / _TURN_SECONDS)):
        if not any(channel.requests or channel.total_outbufs_len for channel in server.active_channels.values()):
            break
        wasyncore.loop(timeout=_TURN_SECONDS, use_poll=True, map=channels, count=1)
    server.task_dispatcher.shutdown()


def _log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of its plugins
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it tells of each request that waits a moment


def _on_signals(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())


def _tell(settings: Settings, *, host: str, port: int) -> None:
    click.echo(f"Kodplats serves {_address(host, port)} (Ctrl-C stops it)")
    if settings.is_demo:
        click.echo(f"The demo's letters: {_address(host, port)}/demo/brev")


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
