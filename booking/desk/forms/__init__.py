"""The desk's forms."""

"""The room's forms."""
