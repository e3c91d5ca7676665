"""What waits for a second person: held lines and lists, and who released them."""
