"""Whether the books are what they were: every promise that the tables keep, looked at afresh."""
