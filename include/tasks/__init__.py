"""Task lists, the life of a task, and the outbox that pushes lists to where people work."""
