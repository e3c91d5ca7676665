"""The canonical frames: each column declared once, for reader, checks, books and the data dictionary."""
