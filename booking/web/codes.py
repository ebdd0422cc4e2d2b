"""QR codes as drawings in the page: an address that a phone reads from another screen, or from paper."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup, escape

QUIET = 4
"""Empty modules around a code (ISO/IEC 18004, 9.1)."""


def qr_code(address: str, label: str) -> Markup:
    """A code that reads back as `address`, named `label` for those who do not see it.

    Black on white whatever the page's colours: cameras want it so. Drawn with attributes alone, for the policy forbids
    inline style.
    """
    size, path = _drawing(address)
    return Markup(
        '<svg class="qr" role="img" aria-label="{}" viewBox="0 0 {size} {size}" width="{side}" height="{side}"'
        ' shape-rendering="crispEdges"><rect width="{size}" height="{size}" fill="#fff"/>'
        '<path fill="#000" d="{}"/></svg>'
    ).format(escape(label), path, size=size, side=size * 4)


@lru_cache(16)
def _drawing(address: str) -> tuple[int, str]:
    """How many modules wide the code is, its quiet zone included, and its dark ones as a path."""
    import segno  # here, since most processes never draw one

    code = segno.make_qr(address, error="m")
    rows = list(code.matrix)
    runs = [
        f"M{start + QUIET} {at + QUIET}h{length}v1h-{length}z"
        for at, row in enumerate(rows)
        for start, length in _runs(row)
    ]
    return len(rows) + 2 * QUIET, "".join(runs)


def _runs(row: bytearray) -> list[tuple[int, int]]:
    """Where dark modules begin in a row, and how many follow each other."""
    found: list[tuple[int, int]] = []
    for at, dark in enumerate(row):
        if dark and found and sum(found[-1]) == at:
            found[-1] = found[-1][0], found[-1][1] + 1
        elif dark:
            found.append((at, 1))
    return found
