"""The churn model's card: what it was made from, how it did on customers whose future is known, what it looks at."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from include.customers.churn.churn import ChurnModel
from include.customers.history import OrderHistory, day_text
from include.pages.markdown_card import markdown_card
from include.pages.plots import Line, calibration_plot

_TOP_FEATURES = 15  # that the card shows


def data_hash(history: OrderHistory) -> str:
    """SHA-256 over customers, days and money: equal histories, equal hashes."""
    digest = hashlib.sha256("\n".join(history.customers.astype(str)).encode())
    for values in (
        history.owner,
        history.day,
        history.amount,
        history.kept,
        history.refunded,
        history.discount,
        history.orders,
    ):
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def importance(model: ChurnModel) -> dict[str, float]:
    """Feature -> its share of the gain of LightGBM's trees of silence, largest first; empty where none were trained."""
    if model.learners is None:
        return {}
    gain = np.asarray(model.learners.booster("own").feature_importance("gain"), dtype=np.float64)
    share = gain / max(float(gain.sum()), 1e-12)
    order = np.argsort(-share, kind="stable")[:_TOP_FEATURES]
    return {model.learners.names[place]: round(float(share[place]), 4) for place in order}


def card_of(model: ChurnModel, history: OrderHistory, judged: Mapping[str, Any]) -> dict[str, Any]:
    """The card as a mapping. judged: released, reasons, judged (figures), calibration (bins) of the judgement."""
    return {
        "trained_as_of": model.as_of,
        "horizon_days": model.horizons.of_merchant,
        **({} if len(model.blends) == 1 else {"horizons": asdict(model.horizons)}),
        "customers": len(history.customers),
        "order_days": len(history.day),
        "first_day": day_text(history.first_day),
        "last_day": day_text(history.last_day),
        "data_hash": data_hash(history),
        "parameters": {
            name: {key: round(float(value), 6) for key, value in values.items()}
            for name, values in model.btyd.parameters().items()
        },
        "importance": importance(model),
        **judged,
    }


def markdown(card: Mapping[str, Any]) -> str:
    """The card as a page of Markdown, with the plot of `calibration_svg` beside it as calibration.svg."""
    return markdown_card("Churn model", card, between="; ", pictures={"calibration": "calibration.svg"})


def calibration_svg(bins: pd.DataFrame, title: str) -> str:
    """The share that was lost against the chance that was said, with what chance alone allows (95 %). bins: of
    `drift.calibration_bins`."""
    chance, spread = bins["mean_chance"], 1.96 * bins["deviation"]
    low, high = ((chance + side).clip(0, 1).tolist() for side in (-spread, spread))
    line = Line("customers", chance.tolist(), bins["lost_share"].tolist(), low, high)
    return calibration_plot(title, [line], "chance said", "lost")
