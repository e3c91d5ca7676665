"""Customers: order history, profiles, segments, tags, consents."""
