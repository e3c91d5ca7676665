"""The model card: what a model was made from, how it did, and whether it was released."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from include.demand.panel import Panel
from include.pages.markdown_card import markdown_card
from include.pages.plots import Line, bar_plot, calibration_plot
from include.pages.rendering import render


def data_hash(panel: Panel) -> str:
    """SHA-256 over keys, days, units, prices, in-stock shares and events: equal panels, equal hashes."""
    digest = hashlib.sha256()
    for frame in (panel.keys, panel.events):
        digest.update(frame.to_csv(index=False).encode())
    digest.update(np.asarray(panel.days.values, "datetime64[D]").astype("int64").tobytes())
    for matrix in (panel.units, panel.price, panel.in_stock, panel.started, panel.ended):
        digest.update(np.ascontiguousarray(np.nan_to_num(matrix, nan=-1.0)).tobytes())
    return digest.hexdigest()


def markdown(card: Mapping[str, Any]) -> str:
    """The card as a page of Markdown."""
    return markdown_card("Demand model", card)


def html(card: Mapping[str, Any]) -> str:
    """The card as a page with its plots: what it was made from, how it did, why it was or was not released."""
    axes = ("分位 level", "不超过的比例 share at or below")
    rows, gains = card.get("calibration"), card.get("importance")
    return render(
        "demand_model.html",
        card=card,
        about={name: value for name, value in card.items() if not isinstance(value, (list, dict)) and name != "note"},
        calibration=calibration_plot("校准 Calibration", _calibration_lines(rows), *axes) if rows else None,
        importance=bar_plot("按增益 share of the gain", gains) if gains else None,
    )


def _calibration_lines(rows: list[dict[str, Any]]) -> list[Line]:
    """One line a span; its dots as near to the level as whole units allow."""
    lines = []
    for span in dict.fromkeys(row["span"] for row in rows):
        mine = [row for row in rows if row["span"] == span]
        levels = [float(row["level"]) for row in mine]
        low, high = [float(row["below"]) for row in mine], [float(row["at_or_below"]) for row in mine]
        near = [min(max(level, a), b) for level, a, b in zip(levels, low, high, strict=True)]
        lines.append(Line(f"{span} d", levels, near, low, high))
    return lines
