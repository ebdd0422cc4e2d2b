"""Pure Python that every room stands on: no Flask, no SQLAlchemy."""
