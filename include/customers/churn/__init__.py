"""Who is about to leave: features, models, their drift."""
