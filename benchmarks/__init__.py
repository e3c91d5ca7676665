"""Commands that measure Storekeeper's own code on public data; each is a thin wrapper over include/."""
