"""Who is a person: identity, pseudonyms, contact vault, access log; finding and erasing what is kept of somebody."""
