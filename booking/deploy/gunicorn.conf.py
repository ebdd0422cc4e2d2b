"""gunicorn in production: `gunicorn --config booking/deploy/gunicorn.conf.py "booking:create_app()"`.

Address and number of processes come from the environment (GUNICORN_BIND, WEB_CONCURRENCY, GUNICORN_THREADS) or from
gunicorn's own command line, which wins. The proxy in front ends TLS and keeps the access log.
"""

from __future__ import annotations

import gc
import os
import re
from datetime import timedelta
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

# A secret link's token is part of its address, and a log is read by people whom the link is not for.
_SECRET = re.compile(r"(/(?:l|familj|ledare|disk)/)[^/?#\s.]+")
# Other refusals may be of any address, a mistyped secret too; the application's own line tells what was asked of it.
_REFUSED_FORMS = ("409", "422")


class DiscreetLogger(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's log without the tokens of secret links, what people searched for, and where they came from."""

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> dict[str, Any]:
        found: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        status = str(found.get("s", ""))
        is_known = not status.startswith("4") or status in _REFUSED_FORMS
        path = _SECRET.sub(r"\1…", str(found.get("U", ""))) if is_known else "?"
        return {**found, "U": path, "q": "", "f": "-", "r": f"{found.get('m', '')} {path} {found.get('H', '')}"}


bind = os.environ.get("GUNICORN_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("GUNICORN_THREADS", "8"))
preload_app = True

# Workers live for ever: a restart after so many requests would hide a leak and lose a queue of waiting connections.
max_requests = 0
timeout = 30
graceful_timeout = 30
keepalive = 5
# The workers' sign of life belongs in memory: on a slow disk a busy worker would look dead.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108  # nothing is kept there

# A socket in somebody's home to steer gunicorn by: signals do, and one door less stands open.
control_socket_disable = True

limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190

# Only the application (BOOKING_TRUSTED_PROXIES) decides whom to believe about the client's address and scheme.
forwarded_allow_ips = ""

errorlog = "-"
accesslog = os.environ.get("GUNICORN_ACCESSLOG")
logger_class = DiscreetLogger


def when_ready(server: Arbiter) -> None:
    """What is loaded now stays shared between master and workers: the collector must not touch, and so copy, it."""
    warm = server.app.wsgi().extensions.get("kodplats.warm")
    if warm:
        warm()
    gc.collect()
    gc.freeze()


def post_fork(server: Arbiter, worker: Any) -> None:  # noqa: ARG001
    """A connection made before the fork belongs to the master: each worker opens its own."""
    from booking.store import db

    app = server.app.wsgi()
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose(close=False)
