"""`python -m include.day.keys` prints a new set of keys, as the extra of the Airflow connection `storekeeper_keys`."""

import base64
import json
import secrets
from typing import Any


def new_keys() -> dict[str, Any]:
    """A fresh vault with one key, and a key for customers' pseudonyms."""

    def fresh() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    return {"vault": {"k1": fresh()}, "vault_key_id": "k1", "customers": fresh()}


if __name__ == "__main__":
    print(json.dumps(new_keys()))
