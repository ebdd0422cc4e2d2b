"""A mail worker that works when told to and says what it sent: `python -m tests.bench.letter_worker URL FOLDER`.

It claims, renders, composes and notes on the real database; what a mail server would add is left out.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from booking.app import create_app
from booking.kernel.act import system_act
from booking.outbox.message import Envelope
from booking.outbox.services import deliver_due
from booking.outbox.transports import Memory
from tests.support.database import settings_for


class Noting(Memory):
    """Keeps the finished letters until they are counted."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []

    def send(self, envelope: Envelope) -> None:
        self.contents.append(envelope.content)

    def message_ids(self) -> list[str]:
        heads = [content.partition(b"\r\n\r\n")[0] for content in self.contents]
        return [head.partition(b"\r\nMessage-ID: ")[2].partition(b"\r\n")[0].decode() for head in heads]


def main(url: str, folder: str) -> None:
    app = create_app(settings_for(url, instance=Path(folder)))
    print("ready", flush=True)
    for _ in sys.stdin:
        noting, began = Noting(), time.process_time()
        with app.app_context():
            deliver_due(noting, act=system_act("bench"))
        ended, used = time.monotonic(), time.process_time() - began
        print(json.dumps({"ended": ended, "cpu_seconds": used, "message_ids": noting.message_ids()}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
