"""What is left when a machine is lost: backups, restoring them, and books rebuilt from raw files."""
