"""`kodplats run` in a process of its own: it starts, answers, and ends politely."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.missing import PROJECT
from tests.support.processes import end_with_parent, free_port

_KODPLATS = [sys.executable, "-c", "import sys; from booking.app import main; sys.exit(main())"]


@contextmanager
def started(*arguments: str, folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """`kodplats run` with these arguments, once it says where it serves."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BOOKING_", "FLASK_"))}
    kept.pop("DATABASE_URL", None)
    process = subprocess.Popen(
        [*_KODPLATS, "run", "--port", str(port), *arguments],
        cwd=folder,
        env={**kept, "BOOKING_INSTANCE": str(folder), "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=end_with_parent(signal.SIGTERM),  # noqa: PLW1509  # one call into libc
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def lines_until_it_serves(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Kodplats serves"):
            return lines
    raise AssertionError("".join(lines))


def get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_demo_starts_from_nothing_answers_and_ends_politely(how: signal.Signals, tmp_path: Path) -> None:
    port = free_port()
    with started("--demo", folder=tmp_path, port=port) as process:
        lines = lines_until_it_serves(process)

        assert lines[0].startswith("The demo is loaded: ")
        assert lines[-1] == f"Kodplats serves http://127.0.0.1:{port} (Ctrl-C stops it)\n"
        assert (get(port, "/healthz"), get(port, "/readyz")) == (200, 200)
        process.send_signal(how)
        assert process.wait(20) == 0

    with started("--demo", folder=tmp_path, port=port) as process:
        assert lines_until_it_serves(process)[0] == "The demo is loaded already; what was entered is kept.\n"


def test_a_taken_port_is_one_clear_line_and_nothing_is_made(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with started("--demo", folder=tmp_path, port=port) as process:
            output, _ = process.communicate(timeout=20)

    assert process.returncode == 1
    assert output == (
        f"Error: Cannot listen on 127.0.0.1 port {port}: Address already in use. "
        "Stop the other program or choose another port with --port.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_is_not_ours_is_one_clear_line(tmp_path: Path) -> None:
    with started("--demo", "--host", "no such host", folder=tmp_path, port=free_port()) as process:
        output, _ = process.communicate(timeout=20)

    assert process.returncode == 1
    assert output.startswith("Error: no such host is not an address of this machine: ")
    assert len(output.splitlines()) == 1


def test_without_a_secret_key_production_does_not_start(tmp_path: Path) -> None:
    with started(folder=tmp_path, port=free_port()) as process:
        output, _ = process.communicate(timeout=20)

    assert process.returncode == 1
    assert output.startswith("Error: secret_key is missing: set BOOKING_SECRET_KEY")


_SLOW = """
import sys, time
from flask import Flask
from booking.cli.program import Program
from booking.cli.serving import serve
from booking.app import create_app

def slow(settings):
    app = create_app(settings)
    @app.get("/slow")
    def wait():
        print("in the middle", flush=True)
        time.sleep(1.5)
        return "done"
    wait.guard = "public"
    return app

serve(Program(version="0", create_app=slow, load_demo=lambda act: "", reset_demo=lambda act: ""),
      demo=True, host="127.0.0.1", port=int(sys.argv[1]))
"""


def test_a_request_that_is_under_way_is_answered_before_the_end(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", _SLOW, str(port)],
        cwd=tmp_path,
        env={**os.environ, "BOOKING_INSTANCE": str(tmp_path), "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent(signal.SIGTERM),  # noqa: PLW1509  # one call into libc
    )
    assert process.stdout
    answers: list[int] = []
    try:
        lines_until_it_serves(process)
        asking = threading.Thread(target=lambda: answers.append(get(port, "/slow")))
        asking.start()
        while process.stdout.readline() != "in the middle\n":
            assert process.poll() is None

        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        with pytest.raises(OSError, match="refused"):
            get(port, "/healthz")
        asking.join(20)

        assert answers == [200]
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
