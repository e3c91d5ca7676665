"""The commands of ./storekeeper, one module a subcommand."""
