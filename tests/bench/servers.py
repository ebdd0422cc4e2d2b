"""The two applications under gunicorn, with the product's own settings, and what the kernel says they use.

Both run as in production: several workers, everything loaded before the fork, behind a proxy that has ended TLS.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.visitors import HOST
from tests.support.missing import PROJECT
from tests.support.processes import end_with_parent, free_port
from tests.support.server import SECRET, STOP_SECONDS, DidNotStart

START_SECONDS = 60
WORKERS = 2
_TICK = os.sysconf("SC_CLK_TCK")
_SETTINGS = PROJECT / "booking" / "deploy" / "gunicorn.conf.py"


@dataclass
class Server:
    """A started application. `cold_seconds`: from the start of its process to its first page."""

    port: int
    process: subprocess.Popen[bytes] = field(repr=False)
    log: Path
    cold_seconds: float = 0.0

    def tree(self) -> list[int]:
        """The master and its workers."""
        return tree(self.process.pid)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@contextmanager
def project(database_url: str, folder: Path, *, first: str = "/healthz") -> Iterator[Server]:
    """The product on a migrated database, in production mode. `first`: the page by which it has started."""
    environment = {
        "DATABASE_URL": database_url,
        "BOOKING_MODE": "production",
        "BOOKING_SECRET_KEY": SECRET,
        "BOOKING_BASE_URL": f"https://{HOST}",
        "BOOKING_TRUSTED_PROXIES": "1",
        "BOOKING_INSTANCE": str(folder),
    }
    with _gunicorn("booking:create_app()", str(_SETTINGS), environment, folder, first=first) as server:
        yield server


@contextmanager
def thin(database_url: str, folder: Path) -> Iterator[Server]:
    """The comparator on a database that `thin.prepare` has made."""
    settings = "python:tests.bench.thin_server"
    environment = {"THIN_DATABASE": database_url}
    with _gunicorn("tests.bench.thin:create_app()", settings, environment, folder, first="/hello") as server:
        yield server


@contextmanager
def _gunicorn(app: str, settings: str, environment: Mapping[str, str], folder: Path, *, first: str) -> Iterator[Server]:
    port = free_port()
    log = folder / f"{port}.log"
    command = [sys.executable, "-m", "gunicorn", "--config", settings, "--bind", f"127.0.0.1:{port}", app]
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env={**_clean_environment(), "WEB_CONCURRENCY": str(WORKERS), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent(signal.SIGTERM),  # noqa: PLW1509  # one call into libc
            start_new_session=True,
        )
    server = Server(port, process, log)
    try:
        _wait(server, first)
        server.cold_seconds = time.monotonic() - began
        _wait_for_workers(server)
        yield server
    finally:
        server.stop()


def _clean_environment() -> dict[str, str]:
    """Nothing that the developer's shell says about Kodplats, Flask or gunicorn comes in."""
    ours = ("BOOKING_", "FLASK_", "WEB_CONCURRENCY", "DATABASE_URL", "THIN_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"}


def _wait(server: Server, path: str) -> None:
    end = time.monotonic() + START_SECONDS
    while _status(server.port, path) != 200:
        if server.process.poll() is not None or time.monotonic() > end:
            raise DidNotStart(f"{path} does not answer 200:\n{server.log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.002)


def _wait_for_workers(server: Server) -> None:
    end = time.monotonic() + START_SECONDS
    while len(server.tree()) < 1 + WORKERS:
        if time.monotonic() > end:
            raise DidNotStart(f"not {WORKERS} workers:\n{server.log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.002)


def _status(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    try:
        connection.request("GET", path, headers={"Host": HOST, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


# ---- what the kernel says ----


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        for thread in _threads(one):
            try:
                todo += map(int, (thread / "children").read_text().split())
            except OSError:
                continue
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """What these processes have used of the processors, user and system; ended ones of their children too."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / _TICK


def memory_bytes(pids: Iterable[int]) -> int:
    """Proportional set size of these processes together: what several share counts once."""
    kibibytes = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kibibytes += int(line.split()[1])
    return kibibytes * 1024


def _threads(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []
