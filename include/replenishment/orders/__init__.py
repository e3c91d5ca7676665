"""What is on its way: open purchase orders, accepted tasks, stock day by day, whom to chase."""
