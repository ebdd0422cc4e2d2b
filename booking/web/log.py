"""A number for each request and one line about it, without anything that says who (requirement F6)."""

from __future__ import annotations

import datetime as dt
import logging
import re
import sys

from flask import Flask, Response, g, request

from booking.kernel.act import Act, Actor, ActorKind, act_now
from booking.kernel.token import public_ref
from booking.settings import Mode, Settings

access = logging.getLogger("kodplats.access")
PUBLIC = Actor(ActorKind.PUBLIC)
SECRET_ARGUMENTS = ("token",)
_new_code = act_now(PUBLIC).new_code


def init_app(_app: Flask, settings: Settings) -> None:
    """In production, a line for each request on standard error; elsewhere the terminal is for other things."""
    access.setLevel(logging.INFO if settings.mode is Mode.PRODUCTION else logging.WARNING)
    logger = logging.getLogger("kodplats")
    if settings.mode is Mode.PRODUCTION and not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False  # the server may have a handler of its own, which would say it all again
    _make_discreet(logging.getLogger("werkzeug"))


def _make_discreet(server: logging.Logger) -> None:
    """Flask's own server, `flask run`, logs whole addresses: take the secrets out."""
    if not any(isinstance(kept, _Discreet) for kept in server.filters):
        server.addFilter(_Discreet())


class _Discreet(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _SECRET.sub(r"\1…", record.getMessage()), ()
        return True


_SECRET = re.compile(r"(/(?:l|familj|ledare|disk)/|\?)[^ \"]+")


def begin() -> None:
    """Give the request its number, `g.request_id`, and the act that everything in it is done by, `g.act`."""
    g.request_id = request_id = public_ref(_new_code(8))
    g.act = act_now(PUBLIC, request_id=request_id)


def end(response: Response) -> None:
    """Write the request's line."""
    if access.isEnabledFor(logging.INFO) and "act" in g:
        act: Act = g.act
        took = (act_now(PUBLIC).now - act.now) / dt.timedelta(milliseconds=1)
        said = (act.request_id, request.remote_addr, request.method, where(), response.status_code, took)
        access.info("%s %s %s %s %s %.0fms", *said)


def where() -> str:
    """The path that was asked for, with "…" for a link's secret; for an address that leads nowhere only "?".

    Never the query: it may hold what people look for. An unknown path may hold anything, a mistyped secret too.
    """
    rule = request.url_rule
    if rule is None:
        return "?"
    if any(name in SECRET_ARGUMENTS for name in rule.arguments):
        return request.script_root + "/" + rule.rule.strip("/").partition("/")[0] + "/…"
    return request.script_root + request.path.encode("unicode_escape").decode("ascii")
