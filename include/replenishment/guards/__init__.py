"""What of a restock list waits for a second person: numbers in another unit, and orders beyond all that is usual."""
