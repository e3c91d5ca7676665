"""How much a workbook may hold and take to be read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WorkbookLimits:
    """max_cells: of a sheet's area, from A1 to its last cell, blank ones too. max_text_bytes: of all cells' texts.
    memory_bytes: what the process that reads the workbook may take."""

    max_cells: int = 50_000_000
    max_text_bytes: int = 1 << 30
    memory_bytes: int = 4 << 30


class RefusedError(Exception):
    """A workbook cannot be read: why, what was found and what was expected."""

    def __init__(self, problem: str, found: str | None = None, expected: str | None = None) -> None:
        super().__init__(problem)
        self.problem, self.found, self.expected = problem, found, expected


def too_large(cells: int, limits: WorkbookLimits, sheet: str, last: str = "") -> RefusedError:
    """The refusal of a sheet whose area is beyond the limit. last: its last cell's name."""
    return RefusedError(
        "a sheet of the workbook is too large to be read",
        f"sheet {sheet} reaches to {last or 'its last cell'}: {cells:,} cells, blank ones included",
        f"at most {limits.max_cells:,} cells (reading.max_sheet_cells); delete empty rows and columns",
    )


def too_much_text(found: int, limits: WorkbookLimits) -> RefusedError:
    return RefusedError(
        "the workbook's cells hold more text than can be read",
        f"more than {found >> 20:,} MiB",
        f"at most {limits.max_text_bytes >> 20:,} MiB (reading.max_workbook_text_megabytes)",
    )
