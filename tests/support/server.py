"""The real application in processes of its own, on a free port of 127.0.0.1: for storms and journeys."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from tests.support.missing import PROJECT
from tests.support.processes import end_with_parent, free_port

START_SECONDS = 60
STOP_SECONDS = 20
SECRET = "only-for-tests-0123456789-abcdefghijklmnop"
_KODPLATS = (sys.executable, "-c", "import sys; from booking.app import main; sys.exit(main())")


class Engine(Enum):
    """What serves: gunicorn with several processes as in production, or waitress as in `make run`."""

    GUNICORN = "gunicorn"
    WAITRESS = "waitress"


class DidNotStart(Exception):
    """The application ended or did not answer in time; the text holds the end of its log."""


@dataclass
class RunningServer:
    """The started application."""

    url: str
    """Such as `http://127.0.0.1:40123`, no slash at the end."""
    port: int
    log: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def pid(self) -> int:
        """Of the master process."""
        return self.process.pid

    @property
    def worker_pids(self) -> list[int]:
        """The processes that answer requests, lowest first. Linux only."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return sorted(map(int, children))

    def stop(self) -> int:
        """End politely (SIGTERM); returns the exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.process.wait()

    def kill(self) -> None:
        """`kill -9` of the master and every worker at once: what a power cut leaves of the processes."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait()


@contextmanager
def serve(
    *,
    database_url: str,
    engine: Engine = Engine.GUNICORN,
    workers: int = 2,
    threads: int = 8,
    env: Mapping[str, str] | None = None,
    port: int | None = None,
) -> Iterator[RunningServer]:
    """The application on a migrated database, answering; stopped at the end if it still runs.

    `env` adds to the environment or replaces parts of it (BOOKING_*). Raises DidNotStart.
    """
    with tempfile.TemporaryDirectory(prefix="kodplats-server-") as folder:
        chosen = port or free_port()
        environment = {
            **environment_for(database_url=database_url, instance=Path(folder)),
            "BOOKING_BASE_URL": f"http://127.0.0.1:{chosen}",
            "WEB_CONCURRENCY": str(workers),
            "GUNICORN_THREADS": str(threads),
            **(env or {}),
        }
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                _command(engine, chosen),
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=end_with_parent(signal.SIGTERM),  # noqa: PLW1509  # one call into libc
                start_new_session=True,  # a group of its own, so that `kill` reaches master and workers together
            )
        server = RunningServer(url=f"http://127.0.0.1:{chosen}", port=chosen, log=log, process=process)
        try:
            wait_until_it_answers(server)
            if engine is Engine.GUNICORN:
                _wait_for_workers(server, workers)
            yield server
        finally:
            server.stop()


def environment_for(*, database_url: str, instance: Path) -> dict[str, str]:
    """The environment of a test's process: nothing that the developer's shell says about Kodplats comes in."""
    ours = ("BOOKING_", "FLASK_", "GUNICORN_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {
        **kept,
        "DATABASE_URL": database_url,
        "BOOKING_MODE": "test",
        "BOOKING_SECRET_KEY": SECRET,
        "BOOKING_MAIL_TRANSPORT": "memory",
        "BOOKING_INSTANCE": str(instance),
        "PYTHONPATH": str(PROJECT),
        "PYTHONUNBUFFERED": "1",
    }


def kodplats(*arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A command of the application in a process of its own: `kodplats("db", "upgrade", env=environment_for(…))`."""
    return subprocess.run(
        [*_KODPLATS, *arguments], cwd=PROJECT, env=dict(env), capture_output=True, text=True, timeout=300, check=False
    )


def wait_until_it_answers(server: RunningServer, *, path: str = "/healthz") -> None:
    """Until `path` answers 200. Raises DidNotStart."""
    end = time.monotonic() + START_SECONDS
    while _status(server.port, path) != 200:
        if server.process.poll() is not None or time.monotonic() > end:
            raise DidNotStart(f"{path} does not answer 200:\n{server.log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.05)


def _wait_for_workers(server: RunningServer, count: int) -> None:
    """The first worker may answer before the last is there; a test that kills one wants them all."""
    end = time.monotonic() + START_SECONDS
    while sys.platform == "linux" and len(server.worker_pids) < count:
        if time.monotonic() > end:
            raise DidNotStart(f"Not {count} workers:\n{server.log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.02)


def _status(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def _command(engine: Engine, port: int) -> list[str]:
    if engine is Engine.WAITRESS:
        return [*_KODPLATS, "run", "--port", str(port)]
    settings = PROJECT / "booking" / "deploy" / "gunicorn.conf.py"
    bind = f"127.0.0.1:{port}"
    return [sys.executable, "-m", "gunicorn", "--config", str(settings), "--bind", bind, "booking:create_app()"]
