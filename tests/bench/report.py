"""The figures as a table for people and as JSON for machines."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Any


class Verdict(StrEnum):
    """How a figure stands to its marks."""

    AIM = "aim reached"
    FLOOR = "floor kept"
    MISSED = "MISSED"
    NOTE = ""


@dataclass(frozen=True)
class Mark:
    """What a figure must keep to (`floor`) and what it should reach (`aim`)."""

    floor: float
    aim: float
    more_is_better: bool = False

    def judge(self, value: float) -> Verdict:
        def reaches(limit: float) -> bool:
            return value >= limit if self.more_is_better else value <= limit

        return Verdict.AIM if reaches(self.aim) else Verdict.FLOOR if reaches(self.floor) else Verdict.MISSED

    def shown(self, limit: float) -> str:
        return f"{'≥' if self.more_is_better else '≤'} {limit:g}"


@dataclass(frozen=True)
class Figure:
    """One row: a value for each round, judged by their median. Without `mark` it is there to be known."""

    name: str
    database: str
    values: Sequence[float]
    mark: Mark | None = None
    raw: dict[str, Any] = field(default_factory=dict)
    """What the ratios were made from, in units that the names tell."""

    @property
    def value(self) -> float:
        return median(self.values)

    @property
    def verdict(self) -> Verdict:
        return self.mark.judge(self.value) if self.mark else Verdict.NOTE

    def cells(self) -> tuple[str, ...]:
        low, high = min(self.values), max(self.values)
        span = f"{low:.2f}–{high:.2f}" if len(self.values) > 1 else ""
        marks = (self.mark.shown(self.mark.floor), self.mark.shown(self.mark.aim)) if self.mark else ("", "")
        whole = all(value == int(value) for value in self.values) and len(self.values) == 1
        shown = f"{self.value:.0f}" if whole else f"{self.value:.2f}"
        return (self.name, self.database, shown, span, *marks, self.verdict.value)


HEAD = ("figure", "database", "median", "min–max", "floor", "aim", "verdict")


def table(figures: Sequence[Figure]) -> str:
    """The one table."""
    rows = [HEAD, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join("| " + " | ".join(map(_aligned, row, widths, range(len(HEAD)))) + " |" for row in rows)


def _aligned(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if column in (2, 3) else cell.ljust(width)


def write(path: Path, figures: Sequence[Figure], *, options: dict[str, Any], seconds: float) -> None:
    """Everything that was measured, and on what."""
    told = {
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "system": f"{platform.system()} {platform.machine()}",
        },
        "options": options,
        "seconds": round(seconds, 1),
        "figures": [
            {
                "name": figure.name,
                "database": figure.database,
                "median": figure.value,
                "values": list(figure.values),
                "verdict": figure.verdict.value,
                "mark": asdict(figure.mark) if figure.mark else None,
                "raw": figure.raw,
            }
            for figure in figures
        ],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
