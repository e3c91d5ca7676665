"""Commands that read the books and change nothing: what would have been, what will be, what came of it."""
