"""What is known of each shelf (a sku in a warehouse): its stock, the day that the number is from, and how it is known.

A stock file names shelves. What its newest file does not name is empty, or unknown where files may be partial, where
the row was held back, or where so much is missing that the file seems cut off. Unknown is never zero: such a shelf
keeps the last number that was told, with its day. Files of one day complement each other, warehouse by warehouse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.exports.frames.no_rows import no_rows
from include.facts.facts import share_until

STOCK = {
    "sku": "str",
    "warehouse": "str",
    "on_hand": "int64",
    "promised": "int64",
    "stock_day": "str",
    "state": "str",
    "sold_since": "int64",
    "received_since": "int64",
    "in_transit": "Int64",
    "moving_in": "Int64",
}

SURE: tuple[str, ...] = ("told", "left_out")
"""The states of a shelf that say how much lies there. All states:
told: by the newest file. left_out: by a file that leaves out what is empty, so 0. unreadable: the newest file's row
was held back. unsure: the newest file lacks too much to be whole. not_told: a partial file does not speak of it."""

_OF_SHOPS = ("sku", "warehouse", "on_hand", "promised", "stock_day", "state")
CURRENT = {"shop": "str"} | {name: STOCK[name] for name in _OF_SHOPS}
RECENT_DAYS = 28  # whose files tell whether a shop's files leave out what is empty
REMEMBERED_DAYS = 28  # how long a sku that is no longer named counts among the skus in stock


@dataclass(frozen=True)
class ShelfRules:
    """leaves_out: by shop, what its stock files leave out, where the merchant says so; else what is empty.
    missing_share, min_missing: a file that lacks more of the skus in stock than this share, and at least so many, is
    taken to be cut off."""

    leaves_out: Mapping[str, str] = field(default_factory=dict)
    missing_share: float = 0.3
    min_missing: int = 5


@dataclass(frozen=True)
class Shelves:
    """current: columns of CURRENT, a row a shelf that was ever named. emptied: day, sku, warehouse of shelves that a
    file left out since they were empty. unread: day, sku, warehouse of shelves whose row was held back. files: shop,
    warehouse, stock_day (of the newest file), leaves_out, is_said (in the settings), state ('told', 'unsure', or
    'unreadable': rows that do not say their sku were held back), missing (skus in stock that it lacks), named (skus),
    seems_to_leave_out (no file of the last weeks shows a 0, and skus come and go)."""

    current: pd.DataFrame
    emptied: pd.DataFrame
    unread: pd.DataFrame
    files: pd.DataFrame

    @property
    def newest(self) -> pd.DataFrame:
        """`current` with one row a (sku, warehouse): of several shops the newest number, told before left out."""
        ranked = self.current.assign(named=self.current["state"] != "left_out")
        ranked = ranked.sort_values(["stock_day", "named", "shop"], kind="stable")
        newest = ranked.drop_duplicates(["sku", "warehouse"], keep="last").drop(columns="named")
        return newest.sort_values(["sku", "warehouse"], ignore_index=True)


def shelves_of(told: pd.DataFrame, unread: pd.DataFrame, rules: ShelfRules) -> Shelves:
    """The shelves after all days of `told` (facts of stock) and `unread` (day, shop, warehouse, sku of stock rows that
    were held back; null where the row does not say it)."""
    said = told.assign(promised=_promised(told))
    held = unread[unread["sku"].notna() & unread["warehouse"].notna()]
    stray = unread[unread["sku"].isna() | unread["warehouse"].isna()]
    places = pd.concat([said[["shop", "warehouse"]], held[["shop", "warehouse"]]]).drop_duplicates()
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in ("current", "emptied", "unread", "files")}
    for shop, warehouse in places.sort_values(["shop", "warehouse"]).itertuples(index=False):
        place = _Place.of(
            said[(said["shop"] == shop) & (said["warehouse"] == warehouse)],
            held[(held["shop"] == shop) & (held["warehouse"] == warehouse)],
            stray[(stray["shop"] == shop) & (stray["warehouse"].fillna(str(warehouse)) == warehouse)],
            rules,
        )
        for name, some in parts.items():
            some.append(getattr(place, name).assign(shop=shop, warehouse=warehouse))
    day = {"day": "str", "sku": "str", "warehouse": "str"}
    files = {
        "shop": "str", "warehouse": "str", "stock_day": "str", "leaves_out": "str", "is_said": "bool", "state": "str",
        "missing": "int64", "named": "int64", "seems_to_leave_out": "bool",
    }  # fmt: skip
    kinds = {"current": CURRENT, "emptied": day, "unread": day, "files": files}
    return Shelves(**{name: _together(some, kinds[name]) for name, some in parts.items()})


def _promised(told: pd.DataFrame) -> pd.Series:
    """What of the stock is sold and not shipped: as locked, else what the source does not call available."""
    on_hand = told["on_hand"].astype("Int64")
    kept = (on_hand - told["available"].astype("Int64")).clip(lower=0)
    return told["locked"].astype("Int64").fillna(kept).fillna(0).astype("int64")


def _together(parts: list[pd.DataFrame], kinds: Mapping[str, str]) -> pd.DataFrame:
    if not parts:
        return no_rows(kinds)
    return pd.concat(parts, ignore_index=True)[list(kinds)].astype(dict(kinds))


@dataclass(frozen=True)
class _Place:
    """One shop's shelves in one warehouse."""

    current: pd.DataFrame
    emptied: pd.DataFrame
    unread: pd.DataFrame
    files: pd.DataFrame

    @classmethod
    def of(cls, said: pd.DataFrame, held: pd.DataFrame, stray: pd.DataFrame, rules: ShelfRules) -> _Place:
        days = np.array(sorted({*said["day"], *held["day"]}), dtype=object)
        skus = np.array(sorted({*said["sku"], *held["sku"]}), dtype=object)
        row, column = np.searchsorted(skus, said["sku"]), np.searchsorted(days, said["day"])
        shape = (len(skus), len(days))
        on_hand, promised = np.full(shape, np.nan), np.zeros(shape)
        on_hand[row, column] = said["on_hand"].to_numpy(dtype=float)
        promised[row, column] = said["promised"].to_numpy(dtype=float)
        unread = np.zeros(shape, dtype=bool)
        unread[np.searchsorted(skus, held["sku"]), np.searchsorted(days, held["day"])] = True
        unread &= np.isnan(on_hand)  # another file of the day could be read
        shop = str(said["shop"].iloc[0] if len(said) else held["shop"].iloc[0])
        leaves_out = rules.leaves_out.get(shop, "zeros")
        has_stray = np.isin(days, stray["day"].unique())
        number = (pd.to_datetime(days) - pd.Timestamp("2000-01-01")).days.to_numpy()

        value, kept, since = np.full(len(skus), np.nan), np.zeros(len(skus)), np.full(len(skus), -1)
        state = np.full(len(skus), "told", dtype=object)
        emptied = np.zeros(shape, dtype=bool)
        vanished = np.zeros(len(days), dtype=bool)
        told_on = np.full(len(skus), -(10**6))
        of_file, missing = "told", 0
        for day in range(len(days)):
            named = np.isfinite(on_hand[:, day])
            ever = np.isfinite(value)
            lacking = ever & ~named & ~unread[:, day]
            stocked = ever & (value > 0) & (told_on >= number[day] - REMEMBERED_DAYS)
            missing = int((lacking & stocked).sum())
            vanished[day] = bool((lacking & stocked).any())
            cut_off = missing >= rules.min_missing and missing > rules.missing_share * int(stocked.sum())
            of_file = "unreadable" if has_stray[day] else "unsure" if cut_off else "told"
            value[named], kept[named], since[named] = on_hand[named, day], promised[named, day], day
            state[named], told_on[named] = "told", number[day]
            state[unread[:, day]] = "unreadable"
            if leaves_out == "zeros" and of_file == "told":
                # What was missing from files that seemed cut off, and from all since, is not empty by being forgotten.
                empty = lacking & ((state == "left_out") | (told_on >= number[day] - REMEMBERED_DAYS))
                value[empty], kept[empty], since[empty], state[empty] = 0.0, 0.0, day, "left_out"
                emptied[:, day] = empty
                state[lacking & ~empty] = "unsure"
            else:
                state[lacking] = "not_told" if of_file == "told" else of_file
        known = np.isfinite(value)
        current = pd.DataFrame(
            {
                "sku": skus[known],
                "on_hand": value[known].astype(np.int64),
                "promised": kept[known].astype(np.int64),
                "stock_day": days[since[known]],
                "state": state[known],
            }
        )
        recent = number > number[-1] - RECENT_DAYS
        shows_zero = bool((on_hand[:, recent] == 0).any())
        seems = bool(not shows_zero and recent.sum() >= 7 and (vanished & recent).any())
        files = pd.DataFrame(
            [
                {
                    "stock_day": days[-1],
                    "leaves_out": leaves_out,
                    "is_said": shop in rules.leaves_out,
                    "state": of_file,
                    "missing": missing,
                    "named": int(np.isfinite(on_hand[:, -1]).sum()),
                    "seems_to_leave_out": seems,
                }
            ]
        )
        return cls(current, _cells(emptied, skus, days), _cells(unread, skus, days), files)


def _cells(mask: NDArray[np.bool_], skus: NDArray[np.object_], days: NDArray[np.object_]) -> pd.DataFrame:
    row, column = np.nonzero(mask)
    return pd.DataFrame({"day": days[column], "sku": skus[row]})


def shares_of(shelves: Shelves, sold: pd.DataFrame) -> pd.DataFrame:
    """day, sku, warehouse, in_stock_share of what no file tells: of a shelf that was left out, the part of the day up
    to its last sale; of one whose row was held back, nothing is known (NaN).

    sold: day, sku, warehouse, last_sale_at of every shop.
    """
    keys = ["day", "sku", "warehouse"]
    last = sold.groupby(keys, as_index=False)["last_sale_at"].max()
    emptied = shelves.emptied.merge(last, on=keys, how="left")
    emptied["in_stock_share"] = share_until(emptied["last_sale_at"])
    unread = shelves.unread.assign(in_stock_share=np.nan)
    both = pd.concat([emptied[[*keys, "in_stock_share"]], unread[[*keys, "in_stock_share"]]], ignore_index=True)
    # Another shop's file may tell the same shelf; the best that is known of it stands.
    return both.groupby(keys, as_index=False)["in_stock_share"].max()
