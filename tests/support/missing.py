"""What the tests need and this machine does not have: said in one line, never skipped."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
TOOLS = PROJECT / ".tools"
"""Whatever the tests fetch for themselves: inside the checkout, ignored by git, gone with `make clean`."""


class Missing(Exception):
    """Something has to be installed first; the text is one line that says what and how."""
