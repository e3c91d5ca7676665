"""What is said to a customer who is called or written to."""
