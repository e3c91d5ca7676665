"""Too much stock: excess, its ways out, transfers between warehouses."""
