"""Checking: every canonical frame runs its Great Expectations suite once; bad rows go to quarantine, good ones on."""
