"""What runs beside the pages: letters as they fall due, and every minute what the clock makes true."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Sequence

from flask import Flask

from booking.bookings import services as bookings
from booking.kernel.act import Act, system_act
from booking.outbox import worker
from booking.subscriptions import services as subscriptions

# Idempotent verbs of their rooms: late or twice changes nothing.
TICKS: Sequence[Callable[[Act], object]] = (
    bookings.tick,
    bookings.remind,
    bookings.let_in,
    bookings.thank,
    subscriptions.tick,
)
MINUTE_SECONDS = 60.0

log = logging.getLogger("kodplats.ticks")


def run(app: Flask, stop: threading.Event) -> None:
    """Send letters and tick until `stop` is set; what is in hand is finished first."""
    clockwork = threading.Thread(target=keep_ticking, args=(app, stop), name="ticks", daemon=True)
    clockwork.start()
    worker.run(app, stop)
    clockwork.join()


def keep_ticking(app: Flask, stop: threading.Event, *, every: float = MINUTE_SECONDS) -> None:
    """Run every room's tick now and each `every` seconds until `stop` is set. One that fails is logged, without values,
    and tried again at the next turn; the others run all the same."""
    while not stop.is_set():
        for tick in TICKS:
            try:
                with app.app_context():
                    tick(system_act("worker"))
            except Exception as fault:  # noqa: BLE001 - the loop outlives every fault, and it is logged
                trail = "".join(traceback.format_tb(fault.__traceback__)).rstrip()
                log.error("a tick met %s\n%s", type(fault).__name__, trail)
        stop.wait(every)
