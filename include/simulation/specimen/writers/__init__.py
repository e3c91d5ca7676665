"""One module a platform: snapshots of the business as the platform's own export files."""
