"""Reports that are no platform's own: declared in YAML, customers of orders, promotions as rows."""
