"""What the figures of the business are held against."""
