"""An export published in one part."""

from typing import Any

import pandas as pd
from sqlalchemy import Engine

from include.warehouse.publish import Landed, publishing


def publish_export(
    books: Engine,
    landed: Landed,
    frames: dict[str, pd.DataFrame],
    ledger: dict[str, Any],
    quarantined: pd.DataFrame,
    described: dict[str, Any],
) -> str:
    """Replace all that `landed` says in the books; returns its export_id."""
    with publishing(books, landed) as export:
        export.add(frames, quarantined)
        export.close(ledger, described)
    return landed.export_id
