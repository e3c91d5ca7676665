"""A new set of keys, as the extra of the Airflow connection `storekeeper_keys`.

    ./storekeeper keys

Prints it and keeps it nowhere: nothing can be read again without it, so put a copy in a safe.
"""

import base64
import json
import secrets
from collections.abc import Sequence
from typing import Any

from include.settings.arguments import command_parser, run_command


def new_keys() -> dict[str, Any]:
    """A fresh vault with one key, and a key for customers' pseudonyms."""

    def fresh() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    return {"vault": {"k1": fresh()}, "vault_key_id": "k1", "customers": fresh()}


def main(arguments: Sequence[str] | None = None) -> int:
    command_parser("keys", __doc__).parse_args(arguments)
    print(json.dumps(new_keys()))
    return 0


if __name__ == "__main__":
    run_command(main)
