"""What binds Storekeeper to Airflow: assets, the workspace from connections, waiting for files, alerts."""
