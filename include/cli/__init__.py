"""The command `storekeeper`: its subcommands, those that study the books in studies/."""
