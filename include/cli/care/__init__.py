"""Commands that look after the books."""
