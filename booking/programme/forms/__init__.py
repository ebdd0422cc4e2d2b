"""What planners fill in."""
