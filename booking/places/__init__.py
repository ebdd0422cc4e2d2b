"""Where things happen: libraries, stops, venues."""
