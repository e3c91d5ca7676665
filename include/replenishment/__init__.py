"""How much to order, move and clear: what the books know, one plan a day for all warehouses, its explanation."""
