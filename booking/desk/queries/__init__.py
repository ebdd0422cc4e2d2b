"""What the desk asks across rooms."""
