"""Whom to win back, by what, with which offer, and what came of it."""
