"""What people answer on sheets: reading, plausibility, receipts."""
