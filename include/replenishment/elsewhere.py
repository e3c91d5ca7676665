"""What of a sku the other warehouses hold, in a few words beside each line."""

from __future__ import annotations

import pandas as pd

from include.replenishment.explain import LANGUAGES


def with_elsewhere(lines: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """`lines` with elsewhere_zh and elsewhere_en: units to sell and days of cover in the sku's other warehouses.

    plan: the lines of every warehouse, after transfers.
    """
    own = plan[plan["sku"].isin(lines["sku"])]
    free = (own["on_hand"] - own["promised"]).clip(lower=0).astype(int)
    texts: dict[str, list[tuple[str, int, str]]] = {}
    for sku, place, units, rate in zip(own["sku"], own["warehouse"], free, own["daily_mean"], strict=True):
        days = str(min(int(units / rate), 9999)) if rate > 0 else "-"
        texts.setdefault(sku, []).append((place, units, days))
    words = {"zh": ("{} {} 件/{} 天", "、"), "en": ("{} {}/{} days", ", ")}
    told = {}
    for language in LANGUAGES:
        each, stop = words[language]
        told[f"elsewhere_{language}"] = [
            stop.join(each.format(*one) for one in texts.get(sku, []) if one[0] != place)
            for sku, place in zip(lines["sku"], lines["warehouse"], strict=True)
        ]
    return lines.assign(**{name: pd.array(values, dtype="str") for name, values in told.items()})
