"""Cells as values: dates, ids, amounts, fractions."""
