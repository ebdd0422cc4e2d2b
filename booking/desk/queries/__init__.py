"""What the desk asks across the rooms."""
