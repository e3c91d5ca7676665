"""How many contacts a day the usual ways of contact have room for."""

from typing import Any

from include.settings.merchant import Merchant


def merchant(customers: dict[str, Any]) -> Merchant:
    shop = {
        "name": "tmall", "platform": "taobao", "source": {"path": "exports/{day}"},
        "reports": {"orders": {"pattern": "*.csv"}},
    }  # fmt: skip
    return Merchant.model_validate(
        {
            "name": "m", "time_zone": "Asia/Shanghai", "warehouses": [{"name": "w"}], "shops": [shop],
            "running": {"clock_starts": "2100-01-01"}, "customers": customers,
        }
    )  # fmt: skip


def test_a_capacity_bounds_each_usual_way_of_contact() -> None:
    usual = {one.name: one.capacity for one in merchant({}).customers.channels_of_contact}
    bounded = {one.name: one.capacity for one in merchant({"capacity": 50}).customers.channels_of_contact}

    assert len(usual) > 2
    assert bounded == {name: min(room, 50) for name, room in usual.items()}
    assert bounded != usual
