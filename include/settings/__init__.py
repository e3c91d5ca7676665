"""The merchant's YAML, validated. Secrets never stand in it: they come from Airflow connections."""
