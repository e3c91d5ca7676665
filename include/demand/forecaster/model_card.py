"""The model card: what a model was made from, how it did, and whether it was released."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from include.demand.panel import Panel
from include.pages import html_card as pieces
from include.pages.plots import Line, bar_plot, calibration_plot


def data_hash(panel: Panel) -> str:
    """SHA-256 over keys, days, units, prices, in-stock shares and events: equal panels, equal hashes."""
    digest = hashlib.sha256()
    for frame in (panel.keys, panel.events):
        digest.update(frame.to_csv(index=False).encode())
    digest.update(np.asarray(panel.days.values, "datetime64[D]").astype("int64").tobytes())
    for matrix in (panel.units, panel.price, panel.in_stock, panel.started, panel.ended):
        digest.update(np.ascontiguousarray(np.nan_to_num(matrix, nan=-1.0)).tobytes())
    return digest.hexdigest()


def markdown(card: dict[str, Any]) -> str:
    """The card as a page of Markdown."""
    lines = ["# Demand model", ""]
    for name, value in card.items():
        if isinstance(value, dict):
            lines += ["", f"## {name.replace('_', ' ')}", "", "| | |", "| --- | --- |"]
            lines += [f"| {key} | {_shown(each)} |" for key, each in value.items()]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            table = pd.DataFrame(value)
            lines += ["", f"## {name.replace('_', ' ')}", ""]
            lines += ["| " + " | ".join(map(str, table.columns)) + " |", "|" + " --- |" * table.shape[1]]
            lines += ["| " + " | ".join(_shown(v) for v in row) + " |" for row in table.itertuples(index=False)]
        else:
            lines.append(f"- **{name.replace('_', ' ')}**: {_shown(value)}")
    return "\n".join(lines) + "\n"


def html(card: Mapping[str, Any]) -> str:
    """The card as a page with its plots: what it was made from, how it did, why it was or was not released."""
    about = {name: value for name, value in card.items() if not isinstance(value, (list, dict)) and name != "note"}
    is_released = bool(card.get("released"))
    lead = "发布 released" if is_released else "未发布 not released"
    sections = [
        pieces.Section("结论 Verdict", (pieces.words(lead), pieces.reasons(card.get("reasons", [])))),
        pieces.Section("数据 What it was made from", (pieces.facts(about),)),
        pieces.Section("滚动回测 Rolling backtest, by span (days)", (pieces.table(card.get("backtest", [])),)),
    ]
    if card.get("calibration"):
        plot = calibration_plot(
            "校准 Calibration", _calibration_lines(card["calibration"]), "分位 level", "不超过的比例 share at or below"
        )
        said = (
            "Held-out totals. Totals are whole units: a level is met anywhere along its stroke, the dot is the nearest "
            "point to it. 留出总量；销量为整数，竖线上任一点都算达到该分位。"
        )
        sections.append(pieces.Section("校准 Calibration", (plot, pieces.words(said))))
    if card.get("cost_of_orders"):
        said = (
            "Each forecast orders for the same shelves through the plan's own code; lost margin and holding, yuan. "
            "各预测按同一补货计划下单的模拟成本（元）。"
        )
        table = pieces.table(card["cost_of_orders"])
        sections.append(pieces.Section("订货成本 Simulated cost of orders", (table, pieces.words(said))))
    if card.get("service_levels"):
        said = "By class, the level whose simulated orders cost least. 各类中模拟订货成本最低的服务水平。"
        levels = pieces.facts(card["service_levels"])
        sections.append(pieces.Section("服务水平 Service levels", (levels, pieces.words(said))))
    if card.get("importance"):
        plot = bar_plot("按增益 share of the gain", card["importance"])
        sections.append(pieces.Section("特征重要性 Feature importance (mean of totals)", (plot,)))
    sections.append(pieces.Section("设置 Settings", (pieces.facts(card.get("settings", {})),)))
    return pieces.page("需求模型 Demand model", str(card.get("note") or ""), sections)


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


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
