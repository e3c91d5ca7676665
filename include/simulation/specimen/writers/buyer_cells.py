"""Made-up people for the exports: names, phones and addresses that cannot be anybody's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from include.simulation.specimen import truth
from include.simulation.specimen.customers import Customers
from include.simulation.specimen.regions import FLAT_CITIES, PROVINCE_SHORT
from include.simulation.specimen.writers.sheet import pick, texts, whole

_INITIALS = ("t", "小", "w", "l", "z", "h")
_SURNAMES = ("王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴")
_PROVINCES = tuple(province for province, _, _ in FLAT_CITIES)
_SHORT = dict(zip(dict.fromkeys(_PROVINCES), PROVINCE_SHORT, strict=True))


def customer_keys(customer: np.ndarray) -> pa.Array:
    """The customer's key in the ERP (买家ID)."""
    keys: pd.Series = truth.buyer_keys(customer)
    return pa.array(keys, pa.string())


def masked_nicks(customer: np.ndarray) -> pa.Array:
    """t**3 and the like: what platforms show of a nick since 2022."""
    return texts(pick(_INITIALS, customer % len(_INITIALS)), "**", whole(customer % 10))


def virtual_phones(customer: np.ndarray) -> pa.Array:
    """The number that a platform lends for an order, with its extension."""
    return texts(phones(customer), "-", whole(customer * 53 % 9_000 + 1_000))


def masked_names(customer: np.ndarray) -> pa.Array:
    """张* and the like."""
    return texts(pick(_SURNAMES, customer % len(_SURNAMES)), "*")


def phones(customer: np.ndarray) -> pa.Array:
    """Eleven digits that begin with 100, which no mobile number does."""
    return whole(10_000_000_000 + customer * 37 % 90_000_000)


def regions(customers: Customers, customer: np.ndarray) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Province (full name), city and district of each customer."""
    city = customers.table["city"][customer]
    return (
        pick(_PROVINCES, city),
        pick([name for _, name, _ in FLAT_CITIES], city),
        pick([district for _, _, district in FLAT_CITIES], city),
    )


def jd_regions(customers: Customers, customer: np.ndarray) -> pa.Array:
    """JD's way: 广东广州市越秀区, a municipality named once (北京朝阳区)."""
    names = [
        f"{_SHORT[province]}{'' if city == province else city}{district}" for province, city, district in FLAT_CITIES
    ]
    return pick(names, customers.table["city"][customer])


def houses(customer: np.ndarray) -> pa.Array:
    """A street that no city has."""
    return texts("样本路", whole(customer % 997 + 1), "号")
