"""Task lists as spreadsheets, csv and digests."""
