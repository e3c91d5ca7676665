"""Which rows of an export go to quarantine: those that cannot be read, and those that break a critical rule."""

import pandas as pd

from include.quality.findings import Findings, empty_reasons
from include.quality.masking import found_text
from include.quality.verdict import REASON_COLUMNS
from include.words.texts import in_each

_UNREADABLE = {
    "frame": "file",
    "severity": "critical",
    "owner": "data engineer",
    "action": "Look at the row in quarantine; mend the column mapping or the export, then replay the day.",
}


def quarantined_rows(found: list[Findings], rejected: pd.DataFrame | None) -> pd.DataFrame:
    """REASON_COLUMNS of every reason for which a row is held back, by file_line; a row may have several.

    found: of each frame, what the suite found; only its critical findings hold a row back. rejected: file_line, column,
    found, expected of the rows that the reader could not read.
    """
    parts = [one.rows[one.rows["severity"] == "critical"] for one in found]
    if rejected is not None and not rejected.empty:
        title_zh, title = in_each("quality.row_readable")
        unreadable = rejected.assign(**_UNREADABLE, title=title, title_zh=title_zh)
        columns = unreadable["column"].astype("str").fillna("")  # empty if the row as a whole is misshapen
        unreadable["found"] = [found_text(c, v) for c, v in zip(columns, unreadable["found"], strict=True)]
        parts.insert(0, unreadable[list(REASON_COLUMNS)])
    parts = [part for part in parts if not part.empty]
    if not parts:
        return empty_reasons()
    rows = pd.concat(parts, ignore_index=True)
    return rows.sort_values("file_line", kind="stable", ignore_index=True)
