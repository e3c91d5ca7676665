"""How much one line orders: protection period, level, cycle, minimum, budget."""
