"""Commands that keep an eye on the day."""
