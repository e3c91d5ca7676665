"""What an unknown file is, and how to start a shop's settings or a platform's folder from it."""
