"""What is left when a machine is lost: backups, restoring them, and books made anew of raw files."""
