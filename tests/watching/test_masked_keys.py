"""Airflow shows a connection's extra on its pages and in its API: what is a key is masked there."""

import json

import pytest

from include.cli.keys import new_keys
from include.warehouse.workspace import Keys


def shown(extra: dict[str, object]) -> str:
    """The connection as Airflow's API answers it to an admin, by Airflow's own code."""
    from airflow.api_fastapi.core_api.datamodels.connections import ConnectionResponse

    said = {"conn_id": "storekeeper_keys", "conn_type": "generic", "description": None, "host": None, "login": None,
            "schema": None, "port": None, "password": None, "extra": json.dumps(extra), "team_name": None}  # fmt: skip
    return str(ConnectionResponse.model_validate(said).extra)


def test_no_key_is_shown() -> None:
    keys = new_keys()
    keys["vault_secret"]["k2"] = new_keys()["vault_secret"]["k1"]
    answer = json.loads(shown(keys))
    assert answer == {"vault_secret": {"k1": "***", "k2": "***"}, "vault_key_id": "k1", "customers_secret": "***"}


def test_a_set_from_before_is_read_as_the_same_keys() -> None:
    new = new_keys()
    before = {"vault": new["vault_secret"], "vault_key_id": "k1", "customers": new["customers_secret"]}
    assert Keys.from_mapping(before) == Keys.from_mapping(new)
    assert new["customers_secret"] in shown(before), "which is why the names were changed"


def test_a_key_that_airflow_masked_is_told_and_not_taken_for_one() -> None:
    with pytest.raises(ValueError, match=r"vault_secret\.k1: expected 32 bytes .* this is masked"):
        Keys.from_mapping(json.loads(shown(new_keys())))
