"""The `kodplats` command: thin commands that call verbs."""

from booking.cli.commands import cli
from booking.cli.program import Program

__all__ = ["Program", "cli"]
