"""Pseudonyms of customers as lists show them."""

PSEUDONYM_LENGTH = 12  # of 64 hex digits: short enough to read out, still unique among millions
