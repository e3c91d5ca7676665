"""`reading`: how large exports are read."""

from pydantic import Field

from include.settings.yaml_reading.strict import Strict


class Reading(Strict):
    """How large exports are read."""

    part_megabytes: float = Field(
        64, gt=0, description="a larger csv or Parquet file is read in parts of this size, in bounded memory"
    )

    max_sheet_cells: int = Field(
        50_000_000, gt=0, description="a larger sheet (from A1 to its last cell, blank ones too) is refused"
    )
    max_workbook_text_megabytes: float = Field(
        1024, gt=0, description="a workbook whose cells hold more text is refused"
    )
    workbook_megabytes: float = Field(
        4096, ge=256, description="memory that the process which reads a workbook may take; the export is refused then"
    )
    max_rejected_rows: int = Field(
        100_000, gt=0, description="a file most of whose rows cannot be read is stopped once there are more of them"
    )
    max_together_rows: int = Field(
        1_000_000, gt=0, description="a file with more rows of one order (sku, movement) is stopped"
    )

    def limits(self) -> dict[str, int]:
        """The fields of `ReadLimits`."""
        return {
            "max_cells": self.max_sheet_cells,
            "max_text_bytes": round(self.max_workbook_text_megabytes * 1024**2),
            "memory_bytes": round(self.workbook_megabytes * 1024**2),
            "max_rejected_rows": self.max_rejected_rows,
            "max_together_rows": self.max_together_rows,
        }

    @property
    def part_bytes(self) -> int:
        return round(self.part_megabytes * 1024**2)
