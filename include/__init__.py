"""Everything that computes. Nothing here knows of Airflow; imports go down only (tests/test_house.py)."""
