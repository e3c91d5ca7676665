"""The churn model's card: what it was made from, how it did on customers whose future is known, what it looks at."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

from include.customers.churn.churn import ChurnModel
from include.customers.history import OrderHistory, day_text

_SIDE, _MARGIN = 320, 48  # pixels of the plot
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
    lines = ["# Churn model", ""]
    for name, value in card.items():
        title = name.replace("_", " ")
        if isinstance(value, Mapping):
            lines += ["", f"## {title}", "", "| | |", "| --- | --- |"]
            lines += [f"| {key} | {_shown(each)} |" for key, each in value.items()]
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            table = pd.DataFrame(value)
            lines += ["", f"## {title}", ""]
            lines += ["| " + " | ".join(map(str, table.columns)) + " |", "|" + " --- |" * table.shape[1]]
            lines += ["| " + " | ".join(_shown(one) for one in row) + " |" for row in table.itertuples(index=False)]
            if name == "calibration":
                lines += ["", "![calibration](calibration.svg)"]
        else:
            lines.append(f"- **{title}**: {_shown(value)}")
    return "\n".join(lines) + "\n"


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_shown(each)}" for key, each in value.items())
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def calibration_svg(bins: pd.DataFrame, title: str) -> str:
    """The share that was lost against the chance that was said, with what chance alone allows (95 %). bins: of
    `drift.calibration_bins`."""

    def x(share: float) -> float:
        return round(_MARGIN + _SIDE * share, 1)

    def y(share: float) -> float:
        return round(_MARGIN + _SIDE * (1 - share), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_SIDE + 2 * _MARGIN}" height="{_SIDE + 2 * _MARGIN}" '
        'font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="{_MARGIN}" y="24" font-size="14">{escape(title)}</text>',
        f'<rect x="{x(0)}" y="{y(1)}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#bbbbbb"/>',
        f'<line x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(1)}" stroke="#bbbbbb" stroke-dasharray="4 4"/>',
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(f'<text x="{x(tick)}" y="{y(0) + 16}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{x(0) - 6}" y="{y(tick) + 4}" text-anchor="end">{tick:g}</text>')
    parts.append(f'<text x="{x(0.5)}" y="{y(0) + 34}" text-anchor="middle">chance said</text>')
    parts.append(f'<text x="14" y="{y(0.5)}" text-anchor="middle" transform="rotate(-90 14 {y(0.5)})">lost</text>')
    for row in bins.itertuples(index=False):
        low, high = (float(np.clip(row.mean_chance + z * row.deviation, 0, 1)) for z in (-1.96, 1.96))
        said, lost = x(row.mean_chance), y(row.lost_share)
        parts.append(f'<line x1="{said}" y1="{y(low)}" x2="{said}" y2="{y(high)}" stroke="#9ecae1" stroke-width="6"/>')
        parts.append(f'<circle cx="{said}" cy="{lost}" r="4" fill="#08519c"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"
