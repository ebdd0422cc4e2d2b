"""Verbs that span rooms: what happens to slots and those who lead them, with everybody told."""
