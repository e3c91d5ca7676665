"""What pages of the desk show, read from the books."""
