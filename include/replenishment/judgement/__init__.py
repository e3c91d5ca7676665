"""What people set on the desk, heeded by the plan."""
