"""Sealing, keyed hashes and pseudonyms: what personal data needs everywhere."""
