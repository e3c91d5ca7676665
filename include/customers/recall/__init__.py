"""Whom to win back, by which channel, with which offer, and what came of it."""
