"""The specimen merchant: a simulated business whose truth is known, seen through its platforms' own exports."""
