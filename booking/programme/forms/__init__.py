"""The room's forms."""

"""What planners fill in."""
