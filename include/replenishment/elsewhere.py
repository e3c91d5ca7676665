"""What of a sku the other warehouses hold, and why they do not give it: a few words beside each line.

Free to sell is what lies there less what is sold and not shipped, before the transfers of the day, as on the list of
transfers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from include.facts.shelves import SURE
from include.replenishment.explain import amount
from include.replenishment.policy import StockPolicy
from include.replenishment.surplus.balancing import Standing
from include.settings.currencies import currency_name
from include.words.texts import LANGUAGES, say

PLACE, LANE = ["sku", "warehouse"], ["sku", "from_warehouse", "warehouse"]


def others_of(
    lines: pd.DataFrame, plan: pd.DataFrame, transfers: pd.DataFrame, standing: Standing, policy: StockPolicy
) -> pd.DataFrame:
    """What each other warehouse of a line's sku holds and why it gives no more, by (sku, warehouse, from_warehouse).

    lines: sku, warehouse. plan: the lines of every warehouse, standing: theirs; both after the transfers of the day.
    Returns free and cover_days (NA: nothing sells) before the transfers, out (units that leave today), given (of these,
    to the line), limit (of the transfer), spare (what could still leave), available and level (what it has or expects,
    what it keeps for itself), days (its protection period), gain_micros (what a unit is worth more at the line's
    warehouse), fare_micros, and why: a code of the texts note.not_given, '' if it has nothing free.
    """
    about = _about(plan, transfers, standing)
    pairs = (
        lines[PLACE]
        .drop_duplicates()
        .merge(about.rename(columns={"warehouse": "from_warehouse"}).drop(columns=["lacks", "in_time"]), on="sku")
    )
    pairs = pairs[pairs["warehouse"] != pairs["from_warehouse"]]
    pairs = pairs.merge(
        about[[*PLACE, "lacks", "in_time", "out"]].rename(columns={"out": "own_out"}), on=PLACE, how="left"
    )
    lane = transfers[[*LANE, "quantity", "limit"]].rename(columns={"quantity": "given"})
    pairs = pairs.merge(lane, on=LANE, how="left").merge(standing.gains, on=LANE, how="left")
    pairs["given"] = pairs["given"].fillna(0).astype("int64")
    transport = policy.transport
    fares = [transport.lanes.get((one, other), transport.micros_per_unit if transport.is_open else None)
             for one, other in zip(pairs["from_warehouse"], pairs["warehouse"], strict=True)]  # fmt: skip
    is_closed = pd.Series(fares, index=pairs.index, dtype="object").isna()
    more = pairs["value_micros"] - pairs["give_micros"]
    spares = pairs["spare"] > 0
    codes = {
        "": pairs["free"] <= 0,
        "gives": pairs["given"] > 0,
        "unsure": ~pairs["is_sure"],
        "takes": pairs["taken"] > 0,
        "closed": is_closed,
        "given": ~spares & (pairs["out"] > 0),
        "needs": ~spares & (pairs["available"] <= pairs["level"]),
        "short": ~spares,
        "gave": pairs["own_out"] > 0,
        "met": pairs["lacks"] <= 0,
        "unlikely": pairs["gain_micros"].isna(),
        "in_time": (pairs["value_micros"] <= 0) & pairs["in_time"],
        "late": pairs["value_micros"] <= 0,
        "better": more <= 0,
        "worth": pairs["gain_micros"] <= 0,
    }
    # What would gain, and does not go all the same, gains less in all than a line is worth.
    why = np.select([mask.to_numpy(dtype=bool) for mask in codes.values()], list(codes), "small")
    return pairs.assign(
        why=pd.array(why, dtype="str"), gain_micros=more, fare_micros=pairs["unit_cost_micros"],
        transport_days=transport.days, min_saving_micros=transport.min_saving_micros,
    ).sort_values([*PLACE, "from_warehouse"], ignore_index=True)  # fmt: skip


def _about(plan: pd.DataFrame, transfers: pd.DataFrame, standing: Standing) -> pd.DataFrame:
    """Each warehouse by itself, of all skus of the plan."""
    about = plan[[*PLACE, "daily_mean", "protection_days"]].merge(standing.places, on=PLACE, how="left")
    places = pd.MultiIndex.from_frame(about[PLACE])
    out, taken = (
        transfers.groupby(["sku", end])["quantity"].sum().reindex(places).fillna(0).to_numpy(dtype=np.int64)
        for end in ("from_warehouse", "warehouse")
    )
    free = np.maximum((plan["on_hand"] - plan["promised"]).to_numpy(dtype=np.int64) + out, 0)
    rate = about["daily_mean"].to_numpy(dtype=float)
    days = np.divide(free, rate, out=np.full(len(rate), np.nan), where=rate > 0)
    return about.assign(
        free=free,
        cover_days=pd.Series(np.floor(np.minimum(days, 9999.0))).astype("Float64").astype("Int64"),
        out=out,
        taken=taken,
        days=about["protection_days"].round().astype("int64"),
        in_time=~(plan["stock_lasts_days"] < plan["lead_time_days"]).fillna(False).to_numpy(dtype=bool),
        is_sure=plan["state"].isin(SURE).to_numpy(),
    ).drop(columns=["daily_mean", "protection_days"])


def with_elsewhere(lines: pd.DataFrame, others: pd.DataFrame, currency: str = "CNY") -> pd.DataFrame:
    """`lines` with elsewhere_zh and elsewhere_en, in words: what the sku's other warehouses hold and why they do not
    give more ('': it is sold in no other); and most_elsewhere_zh and most_elsewhere_en, of the one alone that has most
    ('': none has any). others: `others_of` these lines; currency: the merchant's."""
    by_line: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for record in others.to_dict("records"):
        by_line.setdefault((record["sku"], record["warehouse"]), []).append({str(k): v for k, v in record.items()})
    told = {}
    for language in LANGUAGES:
        between = say(language, "note.elsewhere_between")
        words = [
            between.join(_in_words(other, language, currency) for other in by_line.get(place, ()))
            for place in zip(lines["sku"], lines["warehouse"], strict=True)
        ]
        told[f"elsewhere_{language}"] = pd.array(words, dtype="str")
        most = [
            max((other for other in by_line.get(place, ()) if other["free"]), key=lambda one: one["free"], default=None)
            for place in zip(lines["sku"], lines["warehouse"], strict=True)
        ]
        words = ["" if other is None else _in_words(other, language, currency) for other in most]
        told[f"most_elsewhere_{language}"] = pd.array(words, dtype="str")
    return lines.assign(**told)


def _in_words(other: Mapping[str, Any], language: str, currency: str) -> str:
    """华东仓 可用 47 件/25 天：连在途共 47 件，自己 40 天要备 52 件，让不出。"""
    lasts = "" if pd.isna(other["cover_days"]) else say(language, "note.elsewhere_lasts", days=other["cover_days"])
    told = say(language, "note.elsewhere", warehouse=other["from_warehouse"], units=other["free"], lasts=lasts)
    why = str(other["why"])
    if not why:
        return told
    limit = str(other["limit"]) if why == "gives" else "spared"
    return told + say(
        language,
        f"note.not_given.{why}",
        given=other["given"],
        limit=say(language, f"transfer.limit.{limit}"),
        out=other["out"],
        spare=other["spare"],
        available=other["available"],
        level=other["level"],
        days=other["days"],
        fare=amount(other["fare_micros"]),
        gain=amount(other["gain_micros"]),
        least=amount(other["min_saving_micros"]),
        transport_days=other["transport_days"],
        money=currency_name(currency, language),
    )
