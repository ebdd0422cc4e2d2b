"""The rows of children in a booking form that is sent: counted, and one taken away."""

from __future__ import annotations

from collections.abc import Mapping


def count(typed: Mapping[str, str], *, limit: int) -> int:
    """How many children the sent form has, at least one; at most one above `limit`: the rule then says what to do."""
    found = 0
    while found <= limit and (f"barn-{found + 1}-namn" in typed or f"barn-{found + 1}-alder" in typed):
        found += 1
    return max(found, 1)


def without(typed: Mapping[str, str], rows: int) -> dict[str, str]:
    """What was typed with one child taken away and those behind moved up."""
    gone = typed["ta_bort"] if typed["ta_bort"].isdecimal() else str(rows)
    kept = [number for number in range(1, rows + 1) if str(number) != gone]
    moved = {name: value for name, value in typed.items() if not name.startswith("barn-")}
    for place, number in enumerate(kept, 1):
        for part in ("namn", "alder"):
            moved[f"barn-{place}-{part}"] = typed.get(f"barn-{number}-{part}", "")
    return moved
