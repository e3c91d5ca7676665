"""Plans of promotions as the books know them on a day: every version that was told by then, and from when to when it
stood."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from include.calendar.business_days import day_after
from include.demand.panel import PROMOTIONS
from include.warehouse import tellings
from include.warehouse.as_of import known_on, read_facts
from include.warehouse.books import read_frame
from include.warehouse.tables import exports
from include.warehouse.tables import promotions as table
from include.warehouse.tellings import PLACE
from include.warehouse.workspace import Workspace

AHEAD_DAYS = 28  # what a merchant's first export tells of the past is taken to have been planned so long before
SHARE_DAYS = 91  # of sales, from which a shop's part of a sku is taken
MICROS = 1_000_000
PLANNED = "planned"

_UNIT = ["shop", "for_shop", "promotion"]
_ROW = [*_UNIT, "sku", "first_day", "last_day", "price_micros", "discount_per_mille", "lift_per_mille", "stock_limit"]


def promotions_as_of(workspace: Workspace, day: str, demand: pd.DataFrame | None = None) -> pd.DataFrame | None:
    """Columns of PROMOTIONS: all versions told up to `day`; None where no export of promotions ever was.

    demand: facts of the weeks before, with their shop, where they are at hand.
    """
    versions = plan_versions(workspace, day)
    if versions is None:
        return None
    recent = (
        demand if demand is not None else read_facts(workspace.books, "demand", day, day_after(day, -SHARE_DAYS), day)
    )
    recent = recent[recent["day"] > day_after(day, -SHARE_DAYS)]
    shop = versions["for_shop"].where(versions["for_shop"] != "", versions["shop"])
    is_selling = (versions["for_shop"] != "") | shop.isin(recent["shop"].unique())
    shop = shop.where(is_selling, "")
    frame = pd.DataFrame(
        {
            "promotion": versions["promotion"],
            "sku": versions["sku"],
            "shop": shop,
            "share": _shares(versions["sku"], shop, recent),
            "price": versions["price_micros"].astype("Float64") / MICROS,
            "discount": versions["discount_per_mille"].astype("Float64") / 1000,
            "lift": versions["lift_per_mille"].astype("Float64") / 1000,
            "stock_limit": versions["stock_limit"].astype("Float64"),
        }
    )
    days = ["first_day", "last_day", "known_from", "known_until"]
    frame = frame.assign(**{name: pd.to_datetime(versions[name]) for name in days})
    return frame[list(PROMOTIONS)].astype(PROMOTIONS)


def plan_versions(workspace: Workspace, day: str) -> pd.DataFrame | None:
    """shop (that told it), for_shop ('': not said), promotion, sku, first_day, last_day, price_micros,
    discount_per_mille, lift_per_mille, stock_limit, known_from, known_until (null: stands): one row a version, ordered;
    None where no export of promotions ever was. What was called off or left out is not there from then on."""
    values = [c for c in table.columns if c.name not in PLACE]
    of_export = [exports.c.export_id, exports.c.day, exports.c.exported_at]
    told = read_frame(workspace.books, tellings.told(table, [*values, *of_export], known_on(day)))
    if told.empty:
        return None
    told = told.assign(for_shop=told["for_shop"].astype("str").fillna(""), is_whole=told["is_whole"].fillna(1))
    standing = _standing(told)
    rows = told.drop(columns="day").merge(standing, on=[*_UNIT, "export_id"])
    rows = _joined(rows[rows["status"] == PLANNED])
    begun = rows["known_from"] == rows["shop"].map(told.groupby("shop")["day"].min())
    begun &= rows["first_day"] <= rows["known_from"]
    before = pd.to_datetime(rows["first_day"]) - timedelta(days=AHEAD_DAYS)
    known_from = rows["known_from"].where(~begun, before.dt.strftime("%Y-%m-%d"))
    return rows.assign(known_from=known_from).sort_values([*_ROW[:5], "known_from"], kind="stable", ignore_index=True)


def _standing(told: pd.DataFrame) -> pd.DataFrame:
    """Which export tells a promotion from when to when: export_id, known_from, known_until by unit.

    As `latest_lines` has it: of those delivered up to a day, one that told it whole before one that did not, then the
    one that the platform made last."""
    keys = [*_UNIT, "export_id", "day", "exported_at"]
    tellings = told.groupby(keys, as_index=False, sort=True)["is_whole"].min().sort_values([*_UNIT, "day", "export_id"])
    rows: list[tuple[str, str, str, str, str, str | None]] = []
    for unit, group in tellings.groupby(_UNIT, sort=False):
        best: tuple[int, str, str, str] | None = None
        current: tuple[str, str] | None = None
        for day, arrived in group.groupby("day", sort=True):
            newest = [
                (int(one.is_whole), str(one.exported_at), str(one.day), str(one.export_id))
                for one in arrived.itertuples()
            ]
            best = max([*newest, *([best] if best else [])])
            if current is None or best[3] != current[0]:
                if current is not None:
                    rows.append((*unit, *current, str(day)))
                current = (best[3], str(day))
        assert current is not None
        rows.append((*unit, *current, None))
    return pd.DataFrame(rows, columns=[*_UNIT, "export_id", "known_from", "known_until"]).astype(
        {"known_from": "str", "known_until": "str"}
    )


def _joined(rows: pd.DataFrame) -> pd.DataFrame:
    """Versions that say the same one after the other as one."""
    ordered = rows[[*_ROW, "known_from", "known_until"]].sort_values([*_ROW, "known_from"], kind="stable")
    ordered = ordered.reset_index(drop=True)
    same = ordered[_ROW].astype("str").fillna("")
    follows = (same == same.shift()).all(axis=1) & (ordered["known_from"] == ordered["known_until"].shift())
    run = (~follows).cumsum()
    first, last = ~run.duplicated(), ~run.duplicated(keep="last")
    return ordered[first].assign(known_until=ordered.loc[last, "known_until"].to_numpy()).reset_index(drop=True)


def _shares(sku: pd.Series, shop: pd.Series, recent: pd.DataFrame) -> np.ndarray:
    """Which part of a sku's recent sales a shop has: its own, else the shop's of everything; 1 for all shops."""
    by_shop = recent.groupby("shop")["units"].sum()
    usual = shop.map(by_shop / max(float(by_shop.sum()), 1.0)).fillna(1.0 if by_shop.empty else 0.0)
    both = recent.groupby(["sku", "shop"])["units"].sum().to_dict()
    whole = recent.groupby("sku")["units"].sum().to_dict()
    sold = [float(both.get(pair, 0)) for pair in zip(sku, shop, strict=True)]
    of_all = np.array([float(whole.get(one, 0)) for one in sku])
    own = np.divide(sold, of_all, out=usual.to_numpy(dtype=float).copy(), where=of_all > 0)
    return np.where((shop == "").to_numpy(), 1.0, own)
