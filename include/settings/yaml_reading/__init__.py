"""How the YAML is read: strict sections, their kinds of value, messages about mistakes."""
