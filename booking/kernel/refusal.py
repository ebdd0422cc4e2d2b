"""How a rule says no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


def N_(message: str) -> str:
    """Mark an English sentence for the catalogue; it is translated where it is shown."""
    return message


@dataclass(frozen=True)
class Said:
    """A sentence that stands within another one: an English msgid, and what fills it."""

    message: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message


class Sentences(tuple[Said, ...]):
    """Several sentences, one after the other."""

    __slots__ = ()

    def __str__(self) -> str:
        return " ".join(map(str, self))


class Refused(Exception):
    """A rule that says no. Each rule raises its own subclass; `message` tells the reader what to do.

    `message` is an English msgid with %(name)s placeholders, `values` fills them, `field` names the form field that the
    refusal belongs to (None: the form as a whole). Views catch Refused and nothing wider.
    """

    message: ClassVar[str] = N_("This cannot be done. Go back and try again.")
    field: str | None = None

    def __init__(self, *, field: str | None = None, **values: Any) -> None:
        super().__init__(type(self).__name__)
        self.values = values
        if field is not None:
            self.field = field

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message
