"""The check of an export that comes in one part."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from include.quality.check_export import ExportCheck
from include.quality.verdict import BatchContext, Verdict


def check_frames(
    report_frames: Mapping[str, pd.DataFrame],
    context: BatchContext,
    rejected: pd.DataFrame | None = None,
    blemished: pd.DataFrame | None = None,
) -> Verdict:
    """The verdict with the good frames, none if the export is stopped."""
    check = ExportCheck(context)
    part = check.part(report_frames, rejected, blemished)
    whole = check.whole(context.rows, context.money_micros)
    return replace(
        whole, frames={} if whole.stopped else part.frames, quarantined=part.quarantined, ignored=part.ignored
    )
