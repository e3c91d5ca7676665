"""Sealing, keyed hashes, masking: what personal data needs everywhere."""
