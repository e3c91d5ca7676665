"""The books: tables, publishing a partition in one transaction, reading as of a day, closing a day."""
