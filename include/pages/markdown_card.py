"""A model's card as a page of Markdown, for anyone who reads the model's folder."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd


def markdown_card(
    title: str, card: Mapping[str, object], between: str = ", ", pictures: Mapping[str, str] | None = None
) -> str:
    """A table for each mapping and each list of rows, a line for anything else.

    between: stands between the items of a list. pictures: the name of a list of rows -> the file drawn below its table.
    """
    lines = [f"# {title}", ""]
    for name, value in card.items():
        heading = name.replace("_", " ")
        if isinstance(value, Mapping):
            lines += ["", f"## {heading}", "", "| | |", "| --- | --- |"]
            lines += [f"| {key} | {_shown(each, between)} |" for key, each in value.items()]
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            table = pd.DataFrame(value)
            rows = [table.columns, ["---"] * table.shape[1], *table.itertuples(index=False)]
            lines += ["", f"## {heading}", ""]
            lines += ["| " + " | ".join(_shown(each, between) for each in row) + " |" for row in rows]
            if pictures and name in pictures:
                lines += ["", f"![{name}]({pictures[name]})"]
        else:
            lines.append(f"- **{heading}**: {_shown(value, between)}")
    return "\n".join(lines) + "\n"


def _shown(value: object, between: str) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_shown(each, between)}" for key, each in value.items())
    return between.join(map(str, value)) if isinstance(value, list) else str(value)
