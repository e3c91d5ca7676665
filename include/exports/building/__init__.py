"""What adapters make canonical frames with."""
