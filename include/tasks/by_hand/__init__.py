"""What people decide on the desk besides answering lines."""
