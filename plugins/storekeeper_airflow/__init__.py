"""What binds Storekeeper to Airflow: assets, the office from connections, waiting for files, alerts."""
