"""Text files: encodings, streams, csv records."""
