"""What a day leaves behind for looking back: sums that the desk shows without reading the books again."""
