"""The command `storekeeper`, one module a subcommand."""
