"""How much one line orders: protection period, level and safety stock (plan_lines), cycle, minimum, budget."""
