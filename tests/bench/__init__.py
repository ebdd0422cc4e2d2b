"""The benchmark: Kodplats against a thin app."""
