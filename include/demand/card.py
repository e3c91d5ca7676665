"""The model card: what a model was made from, how it did, and whether it was released."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd

from include.demand.panel import Panel


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


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
