"""Judgements about customers, and what may be kept of people."""
