"""The figures of the business: each declared once, added up from what the closed days say."""
