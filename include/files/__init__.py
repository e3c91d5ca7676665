"""Files: arrivals, the raw store, containers, limits."""
