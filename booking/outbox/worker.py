"""The mail worker's loop: beside the web server in `kodplats run`, or a process of its own."""

from __future__ import annotations

import logging
import threading
import traceback

from flask import Flask

from booking.kernel.act import system_act
from booking.outbox import services, transports
from booking.outbox.transports import Transport
from booking.settings import current

PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0

log = logging.getLogger("kodplats.letters")


def run(app: Flask, stop: threading.Event, *, transport: Transport | None = None) -> None:
    """Send what is due every second until `stop` is set; the letter in hand is finished first.

    A fault, such as a database that is away, is logged and the loop goes on. While the mail server or the database
    cannot be used, the pauses grow to a minute. `transport` None: the one that the settings name.
    """
    pause = PAUSE_SECONDS
    while not stop.is_set():
        is_well = _deliver(app, stop, transport)
        pause = PAUSE_SECONDS if is_well else min(pause * 2, LONGEST_PAUSE_SECONDS)
        stop.wait(pause)


def _deliver(app: Flask, stop: threading.Event, transport: Transport | None) -> bool:
    """One round, with a database session of its own. Whether all went well."""
    try:
        with app.app_context():
            tally = services.deliver_due(
                transport or transports.from_settings(current()),
                act=system_act("worker"),
                is_stopping=stop.is_set,
                wait=stop.wait,
            )
    except Exception as fault:  # noqa: BLE001 - the loop outlives every fault, and it is logged below
        log.error("the mail worker met %s%s", type(fault).__name__, _trail(fault))
        return False
    return tally.is_reachable


def _trail(fault: Exception) -> str:
    """Where a fault came from, in lines of code only: the text of a database's fault repeats the row it was given."""
    return "\n" + "".join(traceback.format_tb(fault.__traceback__)).rstrip()
