"""What the desk asks of several rooms at once."""
