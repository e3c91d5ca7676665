"""Suppliers: lead times, delays, closures, order days."""
