"""The room's forms."""
